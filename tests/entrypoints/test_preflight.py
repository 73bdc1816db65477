"""What would stop the start with a stack trace is one line that names the setting."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.entrypoints.preflight import misspelt, require_startable
from app.settings import Settings, SettingsError, read_settings
from tests.support.lnd_certificate import self_signed
from tests.support.servers import bare_environment, free_port

STROM = Path(sys.executable).with_name("strom")


def some(tmp_path: Path, **more: Any) -> Settings:
    ports = {"http_port": free_port(), "edge_port": free_port()}
    return read_settings(data_dir=tmp_path / "data", **{**ports, **more})


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_nothing_is_wrong_and_nothing_stays_behind(tmp_path: Path) -> None:
    require_startable(some(tmp_path))
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("setting", ["http_port", "edge_port", "metrics_port"])
def test_a_port_in_use_is_named(tmp_path: Path, taken: int, setting: str) -> None:
    with pytest.raises(SettingsError, match=f"STROM_{setting.upper()}: .*in use"):
        require_startable(some(tmp_path, **{setting: taken}))


def test_an_address_that_is_not_ours_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"STROM_HOST: 192\.0\.2\.1"):
        require_startable(some(tmp_path, host="192.0.2.1"))


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(SettingsError, match=r"STROM_DATA_DIR: .* cannot be written"):
        require_startable(some(tmp_path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(SettingsError, match=r"STROM_DATA_DIR: .* cannot be written"):
        require_startable(some(tmp_path))


@pytest.mark.parametrize("name", ["master.key", "server.key"])
def test_a_damaged_key_file_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).write_text("damaged")
    with pytest.raises(SettingsError, match=f"STROM_DATA_DIR: .*{name}"):
        require_startable(some(tmp_path))


@pytest.mark.parametrize("which", ["http", "edge"])
def test_a_certificate_that_is_not_there_is_named(tmp_path: Path, which: str) -> None:
    files = {f"{which}_tls_certificate": "/not/there.pem", f"{which}_tls_key": "/not/there.key"}
    with pytest.raises(SettingsError, match=f"STROM_{which.upper()}_TLS_CERTIFICATE: /not/there"):
        require_startable(some(tmp_path, **files))


def test_a_key_of_another_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    certificate, _ = self_signed("one").write(tmp_path / "one")
    _, key = self_signed("other").write(tmp_path / "other")
    with pytest.raises(SettingsError, match="do not belong together"):
        require_startable(some(tmp_path, http_tls_certificate=certificate, http_tls_key=key))


def test_what_looks_like_a_setting_and_is_none_is_told() -> None:
    lines = list(misspelt({"STROM_PUBLIC_URL": "x", "STROM_HOST": "y", "PATH": "z"}))
    assert lines == [
        "STROM_PUBLIC_URL is not a setting of Strom; did you mean STROM_PUBLIC_BASE_URL?"
    ]


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"STROM_HTTP_PORT": "eighty"}, "STROM_HTTP_PORT: "),
        ({"STROM_SIGN_UP": "closed"}, "STROM_SIGN_UP: "),
        ({"STROM_PUBLIC_BASE_URL": "http://strom.example"}, "STROM_PUBLIC_BASE_URL: "),
        ({"STROM_OWNER_LND_URL": "https://node:8080"}, "STROM_OWNER_LND_URL and "),
        ({"STROM_DATA_DIR": "/dev/null/strom"}, "STROM_DATA_DIR: "),
    ],
)
def test_the_program_ends_with_one_line(
    tmp_path: Path, environment: dict[str, str], line: str
) -> None:
    done = subprocess.run(
        [str(STROM), "serve"],
        env=bare_environment(**environment),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"strom: {line}")
    assert len(done.stderr.splitlines()) == 1
