"""The guide for home: every command, setting, service and link that stands there exists."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from app.entrypoints.cli import strom
from app.settings import DEFAULTS, read_settings
from tests.infra import compose
from tests.support.servers import ROOT

GUIDE = ROOT / "docs" / "guide" / "home.md"
TEXT = GUIDE.read_text()
BLOCKS = re.findall(r"^ *```sh\n(.*?)^ *```$", TEXT, re.MULTILINE | re.DOTALL)
OURS_ON_UMBREL = {"STROM_PUBLIC_URL", "STROM_CHARGER_URL"}
"""Of settings.sh, which exports.sh reads."""
NO_SETTINGS = OURS_ON_UMBREL | {"STROM_BACKUP_PASSPHRASE"}


def commands() -> Iterator[str]:
    """Every line of a block and every piece in backticks, without remarks."""
    for block in BLOCKS:
        for line in block.replace("\\\n", " ").splitlines():
            yield line.partition("  #")[0].strip()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL))


def test_every_command_of_strom_is_one() -> None:
    found = set()
    for line in commands():
        if line.startswith(("systemctl", "useradd", "cp ", "git ")):
            continue
        for call in re.findall(r"(?:^|[/ ])strom ((?!serves|strom )[a-z].*)", line):
            words = shlex.split(call.split("&&")[0])
            known: click.Command = strom
            while isinstance(known, click.Group) and words:
                assert words[0] in known.commands, line
                known = known.commands[words.pop(0)]
            options = {option for parameter in known.params for option in parameter.opts}
            given = {word for word in words if word.startswith("--")}
            assert given <= options, line
            found.add(known.name)
    assert {"backup", "restore", "create", "doctor", "demo", "migrate"} <= found


def test_every_setting_is_one() -> None:
    for name in set(re.findall(r"STROM_[A-Z_]+[A-Z]", TEXT)) - NO_SETTINGS:
        assert name.removeprefix("STROM_").lower() in DEFAULTS, name
    exports = (ROOT / "infra" / "umbrel" / "strom" / "exports.sh").read_text()
    assert all(name in exports for name in OURS_ON_UMBREL)


def settings_blocks() -> list[dict[str, str]]:
    """Those that stand for a file of settings."""
    found = []
    for block in BLOCKS:
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if all(re.fullmatch(r"STROM_\w+=\S*", line) for line in lines):
            found.append(dict(line.split("=", 1) for line in lines))
    return found


@pytest.mark.parametrize("given", settings_blocks(), ids=lambda given: next(iter(given)))
def test_settings_that_stand_together_do_not_contradict(given: dict[str, str]) -> None:
    if given.keys() <= OURS_ON_UMBREL:
        given = {
            "STROM_PUBLIC_BASE_URL": given["STROM_PUBLIC_URL"],
            "STROM_CHARGER_BASE_URL": given["STROM_CHARGER_URL"],
        }
    if "STROM_HOST" not in given:  # they are added to others
        given = {**given, "STROM_SIGN_UP": "invited", "STROM_ALLOW_PRIVATE_HOSTS": "true"}
    read = {name.removeprefix("STROM_").lower(): value for name, value in given.items()}
    settings = read_settings(**read)
    if "acme_domains" in read:
        assert settings.base_url == "https://strom.example.org"
        assert f"`{settings.charger_url}`" in TEXT


def test_every_service_and_variable_of_compose_is_there() -> None:
    folder = ROOT / "infra" / "compose"
    services = yaml.safe_load((folder / "compose.yaml").read_text())["services"]
    calls = [line for line in commands() if line.startswith("docker compose")]
    assert len(calls) > 8
    for line in calls:
        for verb, rest in re.findall(r"docker compose (exec|run|stop|logs|cp) ([^&]*)", line):
            words = [word for word in shlex.split(rest) if not word.startswith("-")]
            named = [word.split(":")[0] for word in words if word.split(":")[0] in services]
            assert named, (verb, line)
    asked = compose.names_in((folder / "compose.yaml").read_text())
    assert {"DOMAIN", "EMAIL", "TABLE", "LOG_LEVEL"} <= asked


def test_every_link_leads_somewhere() -> None:
    headings = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        place, _, anchor = target.partition("#")
        if place.startswith("https://"):
            continue
        if place:
            assert (GUIDE.parent / Path(place)).exists(), target
        elif anchor:
            assert anchor in headings, target
