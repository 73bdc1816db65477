"""The units: what they start is there, with settings that are ours."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from app.entrypoints.cli import strom
from app.settings import DEFAULTS
from tests.support.servers import ROOT

FOLDER = ROOT / "infra" / "systemd"
UNITS = sorted(FOLDER.iterdir())


def read(file: Path) -> dict[str, list[str]]:
    """Every directive; some stand there more than once."""
    found = defaultdict(list)
    for line in file.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found[name].append(value)
    return found


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_every_line_is_a_section_a_directive_or_a_comment(file: Path) -> None:
    for line in file.read_text().splitlines():
        assert not line or re.fullmatch(r"#.*|\[[A-Z][a-z]+\]|[A-Z][A-Za-z]+=.*", line), line


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_systemd_takes_it(file: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", str(file)],
        capture_output=True, text=True,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "not executable" not in line]
    assert not ours, ours


@pytest.mark.parametrize("name", ["strom.service", "strom-backup.service", "strom-table.service"])
def test_no_service_is_root_or_may_become_it(name: str) -> None:
    unit = read(FOLDER / name)
    assert unit["User"] != ["root"]
    assert unit["NoNewPrivileges"] == ["yes"]
    assert unit["ProtectSystem"] == ["strict"]


@pytest.mark.parametrize("name", ["strom.service", "strom-backup.service"])
def test_commands_and_settings_are_ours(name: str) -> None:
    unit = read(FOLDER / name)
    for pair in shlex.split(unit["Environment"][0]):
        setting = pair.partition("=")[0]
        assert setting.removeprefix("STROM_").lower() in DEFAULTS
    (command,) = unit["ExecStart"]
    found = re.search(r"/opt/strom/\.venv/bin/strom (\w+)", command)
    assert found
    known = strom.commands[found[1]]
    options = {option for parameter in known.params for option in parameter.opts}
    assert set(re.findall(r"--[\w-]+", command)) <= options


def test_both_look_for_the_table_where_it_is() -> None:
    port = re.search(r"-port (\d+)", read(FOLDER / "strom-table.service")["ExecStart"][0])
    assert port
    for name in ("strom.service", "strom-backup.service"):
        assert f"http://127.0.0.1:{port[1]}" in read(FOLDER / name)["Environment"][0]


def test_no_secret_stands_in_a_unit() -> None:
    for file in UNITS:
        assert "PASSWORD=" not in file.read_text()
        assert "PASSPHRASE=" not in file.read_text()
