"""What stops a Strom that is to get its own certificate, before it listens anywhere."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.acme_client.keeper import Standing
from app.bootstrap.foundation import SystemClock
from app.bootstrap.own_certificate import certificate_standing
from app.entrypoints.doctor.tls import seen_of_own
from app.entrypoints.edge import run_edge
from app.entrypoints.own_certificate import prepare_certificate
from app.entrypoints.preflight import require_startable
from app.settings import Settings, SettingsError, read_settings
from tests.support.servers import HOST, free_port


def some(tmp_path: Path, **more: Any) -> Settings:
    return read_settings(
        data_dir=tmp_path / "data",
        acme_domains="strom.example",
        acme_terms_agreed=True,
        acme_directory_url=f"https://{HOST}:1/dir",
        http_port=free_port(),
        edge_port=free_port(),
        edge_tls_port=free_port(),
        **{"acme_http_port": free_port(), **more},
    )


def test_it_starts_without_a_certificate(tmp_path: Path) -> None:
    require_startable(some(tmp_path))


def test_a_port_80_that_somebody_else_has_is_named(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as server:
        taken = server.getsockname()[1]
        with pytest.raises(SettingsError, match=r"STROM_ACME_HTTP_PORT: .*in use"):
            require_startable(some(tmp_path, acme_http_port=taken))


def test_roots_that_are_not_there_or_none_are_named(tmp_path: Path) -> None:
    file = tmp_path / "roots.pem"
    with pytest.raises(SettingsError, match=r"STROM_ACME_ROOTS_FILE: .*no such file"):
        require_startable(some(tmp_path, acme_roots_file=str(file)))
    file.write_text("none")
    with pytest.raises(SettingsError, match=r"STROM_ACME_ROOTS_FILE: .*no PEM"):
        require_startable(some(tmp_path, acme_roots_file=str(file)))


def test_a_folder_where_none_can_be_kept_is_named(tmp_path: Path) -> None:
    settings = some(tmp_path)
    settings.data_dir.mkdir()
    (settings.data_dir / "acme").write_text("")
    with pytest.raises(SettingsError, match="STROM_DATA_DIR: no certificate can be kept"):
        prepare_certificate(settings, SystemClock())


async def test_an_edge_by_itself_refuses(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="STROM_ACME_DOMAINS: `strom edge`"):
        await run_edge(some(tmp_path))


def test_the_doctor_says_how_it_stands(tmp_path: Path) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    good = Standing(("strom.example",), True, now + timedelta(days=50), 0, "", None)
    assert seen_of_own(good, now).state == "ok"
    late = replace(good, failures=3, problem="refused", next_try_at=now + timedelta(hours=1))
    assert seen_of_own(late, now).state == "warning"
    assert "Tried again 2026-03-01 01:00 UTC" in seen_of_own(late, now).do
    over = seen_of_own(replace(late, not_after=now), now)
    none = seen_of_own(replace(late, has_certificate=False, not_after=None), now)
    assert (over.state, none.state) == ("problem", "problem")
    assert "has not come yet: refused" in none.seen
    at_once = certificate_standing(some(tmp_path))
    assert at_once is not None
    assert seen_of_own(at_once, now).state == "problem"
