"""The machine itself: its disk, its clock, its certificates, and what it is told by settings."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec import structs

from app.bootstrap.foundation import SystemClock
from app.entrypoints.doctor import clock, folder, given, tls
from app.entrypoints.doctor.findings import Finding, ok, problem, warning
from app.entrypoints.doctor.telling import as_json, as_text, is_well
from app.settings import Settings, SettingsError, read_settings
from tests.entrypoints.doctor.conftest import Stands
from tests.entrypoints.test_preflight import STROM
from tests.support.lnd_certificate import self_signed
from tests.support.servers import bare_environment, free_port


class ShiftedClock(SystemClock):
    """Of a machine that is so far ahead."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return super().now() + self._ahead


def states(found: list[Finding]) -> list[str]:
    return [each.state for each in found]


# --- the disk ---------------------------------------------------------------------------------


def test_a_folder_is_tried_and_left_as_it_was(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    [found] = folder.seen_of(tmp_path)
    assert found.state == "ok"
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    [found] = folder.seen_of(tmp_path / "data")
    assert found.state == "warning"
    assert "mount its volume" in found.do
    assert not (tmp_path / "data").exists()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    if (
        os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=20", "tmpfs", str(tmp_path)],
            capture_output=True,
        ).returncode
    ):
        pytest.skip("only root may mount a small disk")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_disk_that_is_full(small: Path) -> None:
    ballast = os.open(small / "ballast", os.O_CREAT | os.O_WRONLY)
    with contextlib.suppress(OSError):
        while True:
            os.write(ballast, bytes(4096))
    os.close(ballast)
    found = [each for each in folder.seen_of(small) if each.state == "problem"]
    assert any("0 MiB left" in each.seen for each in found)
    assert any("no space left" in each.seen and each.do.startswith("Make room") for each in found)


@pytest.mark.parametrize(
    ("number", "do"),
    [(errno.EROFS, "dmesg"), (errno.EACCES, "chown"), (errno.EDQUOT, "Make room")],
)
def test_a_folder_that_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, do: str
) -> None:
    def refuse(_folder: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(folder, "try_writing", refuse)
    [found] = [each for each in folder.seen_of(tmp_path) if each.state == "problem"]
    assert do in found.do


@pytest.mark.parametrize(
    ("mebibytes", "files", "state"),
    [(10, 10**6, "problem"), (100, 10**6, "warning"), (10**6, 50, "problem"), (10**6, 10**6, "ok")],
)
def test_a_disk_that_fills_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mebibytes: int, files: int, state: str
) -> None:
    disk = SimpleNamespace(f_bavail=mebibytes * 256, f_frsize=4096, f_favail=files, f_files=10**7)
    monkeypatch.setattr(os, "statvfs", lambda _folder: disk)
    tmp_path.chmod(0o700)
    assert states(folder.seen_of(tmp_path)) == [state]


# --- the clock --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (timedelta(minutes=10), "problem", "10 minutes ahead of"),
        (timedelta(minutes=-10), "problem", "10 minutes behind"),
        (timedelta(days=-400), "problem", "9,600 hours behind"),
        (timedelta(seconds=90), "warning", "90 s ahead of"),
    ],
)
async def test_a_clock_that_is_off(
    stands: Stands, ahead: timedelta, state: str, words: str
) -> None:
    async with stands(ShiftedClock(ahead)) as ground:
        [found] = await clock.look(ground)
    assert found.state == state
    assert words in found.seen
    assert "timedatectl" in found.do


async def test_a_clock_beside_which_only_itself_is_asked(
    stands: Stands, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stands() as ground:
        for said, state in (("in step", "ok"), ("not in step", "warning"), ("unknown", "warning")):
            monkeypatch.setattr(clock, "in_step", lambda said=said: said)
            assert states(await clock.look(ground)) == [state]


async def test_a_table_beside_strom_does_not_outvote_the_world(
    stands: Stands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table tells the time that Strom has; the one that does not is right."""
    told = {"http://table:8000": timedelta(0), "https://rates.example": timedelta(minutes=10)}

    async def ask(_ground: object, _http: object, url: str) -> clock.Told:
        return clock.Told(url, told[url], is_ours="table" in url)

    monkeypatch.setattr(clock, "_ask", ask)
    monkeypatch.setattr(clock, "peers", lambda _ground: told)
    async with stands() as ground:
        [found] = await clock.look(ground)
    assert found.state == "problem"
    assert "10 minutes ahead of https://rates.example:" in found.seen


def test_the_system_is_asked_whether_it_keeps_its_clock() -> None:
    assert clock.in_step() in ("in step", "not in step", "unknown")


# --- certificates -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "state"), [(0, "warning"), (8, "problem"), (15, "problem"), (-10, "ok")]
)
def test_a_certificate_and_its_end(tmp_path: Path, days: int, state: str) -> None:
    certificate, key = map(Path, self_signed().write(tmp_path))  # good for 14 days
    key.chmod(0o600)
    found = tls.seen_of(certificate, key, "localhost", datetime.now(UTC) + timedelta(days=days))
    assert found[0].state == state


def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    certificate, key = map(Path, self_signed().write(tmp_path))
    now = datetime.now(UTC)
    told = [each.seen for each in tls.seen_of(certificate, key, "strom.example", now)]
    assert any("not for strom.example" in seen for seen in told)
    key.chmod(0o644)
    told = [each.do for each in tls.seen_of(certificate, key, "127.0.0.1", now)]
    assert f"chmod 600 {key}" in told


# --- settings ---------------------------------------------------------------------------------


def test_every_setting_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(start_s=60, http_port=9000)
    found = given.unreadable(caught.value, {"STROM_PUBLIC_URL": "x"})
    assert states(found) == ["problem", "problem", "warning"]
    assert found[2].seen.endswith("did you mean STROM_PUBLIC_BASE_URL?")


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ({"charger_base_url": "wss://a.example"}, "STROM_EDGE_BEHIND_TLS"),
        ({"public_base_url": "https://a.example", "sign_up": "invited"}, "STROM_TRUSTED_PROXIES"),
        ({"trusted_proxies": "0.0.0.0/0"}, "STROM_TRUSTED_PROXIES"),
        ({"public_base_url": "https://a.example", "sign_up": "open"}, "STROM_SMTP_HOST"),
        ({"public_base_url": "https://a.example", "smtp_host": "m"}, "STROM_MAIL_FROM"),
        (
            {"smtp_host": "m", "smtp_user": "u", "smtp_password": "p", "smtp_tls": "none"},
            "STROM_SMTP_TLS",
        ),
        (
            {"public_base_url": "https://a.example", "charger_base_url": "ws://b.example"},
            "STROM_LIVE_BASE_URL",
        ),
        (
            {"public_base_url": "https://a.example", "fixed_rates": {"EUR": 1}},
            "STROM_FIXED_RATES",
        ),
    ],
)
async def test_what_works_and_may_not_be_meant(
    stands: Stands, told: dict[str, object], names: str
) -> None:
    read = structs.asdict(read_settings(**told))
    made = {name: read[name] for name in {*told, "public_base_url"}}
    async with stands(**made) as ground:
        found = await given.look(ground)
    assert any(each.state == "warning" and names in each.seen + each.do for each in found)


async def test_what_would_stop_the_next_start_and_nothing_is_made(
    stands: Stands, tmp_path: Path
) -> None:
    changes = {"http_tls_certificate": "/not/there", "http_tls_key": "/not/there"}
    async with stands(**changes, kms_key="", data_dir=tmp_path / "other") as ground:
        found = await given.look(ground)
    assert any("STROM_HTTP_TLS_CERTIFICATE: /not/there" in each.seen for each in found)
    assert not (tmp_path / "other").exists()


# --- telling ----------------------------------------------------------------------------------

FOUND = [ok("a", "Fine."), warning("b c", "Hm.", "Do this."), problem("d", "No.", "Do that.")]


def test_people_read_what_is_seen_and_below_it_what_to_do() -> None:
    assert as_text(FOUND, 80) == (
        "ok       a    Fine.\n"
        "warning  b c  Hm.\n"
        "              → Do this.\n"
        "PROBLEM  d    No.\n"
        "              → Do that.\n"
        "\n"
        "1 problem, 1 warning; 1 fine."
    )
    assert as_text(FOUND[:1], 80).endswith("\nAll is well.")


def test_programs_read_json_and_whether_it_is_well() -> None:
    told = json.loads(as_json(FOUND, "1.2", datetime(2026, 1, 2, tzinfo=UTC)))
    assert told["ok"] is False
    assert told["findings"][2] == {
        "check": "d",
        "state": "problem",
        "seen": "No.",
        "do": "Do that.",
    }
    assert is_well(FOUND[:2])


def test_the_program_says_it_without_a_strom_and_without_a_secret(tmp_path: Path) -> None:
    secrets = {
        "STROM_SMTP_PASSWORD": "hunter2-hunter2",
        "STROM_OWNER_PASSWORD": "correct-horse-battery",
        "STROM_BACKUP_PASSPHRASE": "staple-staple-staple",
    }
    environment = bare_environment(
        STROM_DYNAMODB_ENDPOINT=f"http://127.0.0.1:{free_port()}",
        STROM_SMTP_HOST="127.0.0.1",
        STROM_SMTP_PORT=str(free_port()),
        STROM_SMTP_USER="me",
        STROM_OWNER_EMAIL="a@b.example",
        STROM_FIXED_RATES='{"EUR": 1}',
        STROM_HTTP_PORT=str(free_port()),
        STROM_EDGE_PORT=str(free_port()),
        **secrets,
    )
    done = subprocess.run(
        [str(STROM), "doctor", "--json"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    found = {each["check"]: each for each in json.loads(done.stdout)["findings"]}
    assert found["table"]["state"] == found["mail"]["state"] == "problem"
    assert found["serving"]["state"] == "problem"
    for secret in secrets.values():
        assert secret not in done.stdout + done.stderr
    assert done.stderr == ""
    assert not list(tmp_path.iterdir()), "nothing is made"


def test_nothing_that_is_set_by_default_is_doubtful() -> None:
    settings: Settings = read_settings()
    assert not [seen for is_so, seen, _ in given.DOUBTFUL if is_so(settings)]
    assert not [seen for is_so, seen, _ in given.DOUBTFUL_AT_HOME if is_so(settings)]
