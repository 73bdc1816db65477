"""Take the Dockerfile's steps without a builder and look at what comes out.

`python scripts/check_image.py FOLDER [--twice]` runs each COPY and RUN of the build stage with
FOLDER in the place of `/`, then checks what the image promises: its size, that nothing of a
developer's is in it, that its bill of materials names everything, that it starts where it can
change none of its files. ``--table URL``: that it serves so, by its own health check. ``--twice``:
that building it again gives the same bytes. ``--tools FOLDER``: quicker, with what only builds kept
there for the next time. The Python is one of the image's version where the machine has it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from image_container import Container

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = ROOT / "Dockerfile"
MOST_MB = 200
"""Of what is ours above Python's own slim image."""
NEVER = {
    "pip", "pytest", "mypy", "ruff", "moto", "hypothesis", "playwright", "import-linter", "faker",
    "uv", "cyclonedx-bom",
}  # fmt: skip
ABSOLUTE = re.compile(r"(?<![\w./])/(?=opt/|src\b)")
TOOLS = re.compile(r"(?<![\w./])/opt/build\b")


@dataclass(frozen=True)
class Instruction:
    name: str
    words: str


class ImageError(Exception):
    """The image is not what it promises to be."""


def instructions(dockerfile: str) -> list[list[Instruction]]:
    """The stages of a Dockerfile."""
    stages: list[list[Instruction]] = []
    joined = re.sub(r"\\\n\s*", "", dockerfile)
    for line in joined.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, words = line.partition(" ")
        if name == "FROM":
            stages.append([])
        if stages:
            stages[-1].append(Instruction(name, words))
    return stages


def build(folder: Path, stage: list[Instruction], python: Path, tools: Path | None = None) -> None:
    """Run one stage's steps with the folder in the place of `/`. ``tools``: where what only builds
    is kept for the next time, instead of being installed each time."""
    workdir = folder
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("STROM_", "PYTHON", "VIRTUAL_ENV"))
    }
    for step in stage:
        words = TOOLS.sub(str(tools), step.words) if tools else step.words
        words = ABSOLUTE.sub(f"{folder}/", words)
        match step.name:
            case "ENV":
                environment |= dict(pair.split("=", 1) for pair in words.split())
                if tools:  # the same files without writing them once more
                    environment["UV_LINK_MODE"] = "hardlink"
            case "WORKDIR":
                workdir = Path(words)
                workdir.mkdir(parents=True, exist_ok=True)
            case "COPY":
                copy(words.split(), workdir)
            case "RUN":
                if tools and "python -m venv /opt/build" in step.words:
                    if (tools / "made").exists():
                        continue
                    shutil.rmtree(tools, ignore_errors=True)
                words = re.sub(r"^python (?=-m venv)", f"{python} ", words)
                subprocess.run(["sh", "-ec", words], cwd=workdir, env=environment, check=True)
                if tools and "python -m venv /opt/build" in step.words:
                    (tools / "made").touch()


def copy(words: list[str], workdir: Path) -> None:
    """As COPY does, with what .dockerignore lets through."""
    *sources, target = words
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for source in sources:
        place = workdir / target
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=ignored, dirs_exist_ok=True)
        else:
            place = place / source if target.endswith("/") or place.is_dir() else place
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / source, place)


def digests(folder: Path) -> dict[str, str]:
    """Every file and what is in it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(folder))] = str(path.readlink())
        elif path.is_file():
            found[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def size_mb(folder: Path) -> float:
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files) / 1e6


def installed(strom: Path) -> set[str]:
    """The distributions in it."""
    names = set()
    for metadata in strom.glob("lib/python3.*/site-packages/*.dist-info/METADATA"):
        found = re.search(r"^Name: (.+)$", metadata.read_text(errors="replace"), re.MULTILINE)
        assert found, metadata
        names.add(re.sub(r"[-_.]+", "-", found[1].strip()).lower())
    return names


def require(holds: bool, what: str) -> None:
    if not holds:
        raise ImageError(what)


def check(strom: Path) -> None:
    """What the image promises of its files."""
    mb = size_mb(strom)
    require(mb <= MOST_MB, f"{mb:.0f} MB are more than {MOST_MB}")
    names = installed(strom)
    require("strom" in names, "strom is not in it")
    require(not names & NEVER, f"{sorted(names & NEVER)} must not be in it")
    bill = json.loads((strom / "sbom.cdx.json").read_text())
    require(bill["bomFormat"] == "CycloneDX", "the bill of materials is no CycloneDX")
    listed = {re.sub(r"[-_.]+", "-", each["name"]).lower() for each in bill["components"]}
    missing = names - listed - {"strom"}
    require(not missing, f"the bill of materials lacks {sorted(missing)}")
    sources = list(strom.glob("lib/**/site-packages/app/**/*.py"))
    require(bool(sources), "there is no code in it")
    for source in sources:
        compiled = list((source.parent / "__pycache__").glob(f"{source.stem}.*.pyc"))
        require(len(compiled) == 1, f"{source.name} is not compiled")
    print(f"image: {mb:.0f} MB, {len(names)} distributions, all in its bill of materials")


def interpreter(dockerfile: str) -> Path:
    """A Python of the version that the image has; ours where this machine has no such."""
    found = re.search(r"^ARG PYTHON_IMAGE=python:(\d+\.\d+)-", dockerfile, re.MULTILINE)
    require(found is not None, "the image names no version of Python")
    assert found is not None
    wanted = found[1]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for candidate in (
        sys.executable,
        shutil.which(f"python{wanted}"),
        *map(str, sorted(pyenv.glob(f"versions/{wanted}.*/bin/python{wanted}"))),
    ):
        if candidate and told(candidate, VERSION) == wanted:
            return Path(candidate)
    print(
        f"image: no Python {wanted} is here, so it is checked with {told(sys.executable, VERSION)}"
    )
    return Path(sys.executable)


VERSION = "import sys; print('.'.join(map(str, sys.version_info[:2])))"
PREFIX = "import sys; print(sys.base_prefix)"


def told(python: str, question: str) -> str:
    done = subprocess.run([python, "-c", question], capture_output=True, text=True)
    return done.stdout.strip()


def start(folder: Path, base: Path, table: str) -> None:
    """Start it, as a container would; with a table, serve from it until its health check passes."""
    container = Container.over(folder, base)
    print(f"image: started {container.how}")
    before = digests(container.strom)
    tried = container.run("python", "-c", f"open({str(container.strom / 'new')!r}, 'w')")
    refused = ("Permission denied", "Read-only file system")
    require(any(why in tried.stderr for why in refused), f"its files can be changed {tried}")
    for words in (["--version"], ["serve", "--help"], ["worker", "--help"], ["edge", "--help"]):
        done = container.run("strom", *words)
        require(done.returncode == 0, f"strom {' '.join(words)}: {done.stderr}")
    if table:
        serve(container, table)
    require(digests(container.strom) == before, "starting it changed its files")


def serve(container: Container, table: str) -> None:
    """One `strom serve`, asked by the image's own health check."""
    check_line = re.search(r"^HEALTHCHECK .*CMD (\[.+\])$", DOCKERFILE.read_text(), re.MULTILINE)
    require(check_line is not None, "the image has no health check")
    assert check_line is not None
    program, *words = json.loads(check_line[1])
    settings = {
        "STROM_DYNAMODB_ENDPOINT": table,
        "STROM_TABLE": f"image-{os.urandom(4).hex()}",
        "STROM_HTTP_PORT": str(free_port()),
        "STROM_EDGE_PORT": str(free_port()),
    }
    with container.serving(**settings) as process:
        give_up_at = time.monotonic() + 90
        while (asked := container.run(program, *words, **settings)).returncode != 0:
            require(time.monotonic() < give_up_at, f"it never gets healthy: {asked.stderr}")
            time.sleep(0.5)
    require(process.returncode == 0, f"strom serve ended with {process.returncode}")
    print("image: serves, and changes none of its files")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kept_tools(folder: Path, version: str) -> Path:
    """One place for each lock and each Python."""
    lock = (ROOT / "requirements" / "image.txt").read_bytes()
    return folder.resolve() / hashlib.sha256(lock + version.encode()).hexdigest()[:16]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--twice", action="store_true")
    parser.add_argument("--table", default="", help="a DynamoDB endpoint to serve from")
    parser.add_argument("--tools", type=Path, help="where to keep what only builds, for next time")
    given = parser.parse_args()
    folder: Path = given.folder.resolve()
    stage, *_ = instructions(DOCKERFILE.read_text())
    try:
        started = time.monotonic()
        python = interpreter(DOCKERFILE.read_text())
        version = told(str(python), VERSION)
        tools = kept_tools(given.tools, version) if given.tools else None
        build(folder, stage, python, tools)
        print(f"image: built in {time.monotonic() - started:.0f} s, Python {version}")
        check(folder / "opt" / "strom")
        start(folder, Path(told(str(python), PREFIX)), given.table)
        if given.twice:
            first = digests(folder / "opt" / "strom")
            shutil.rmtree(folder / "opt")
            shutil.rmtree(folder / "src")
            build(folder, stage, python)
            second = digests(folder / "opt" / "strom")
            differ = sorted(
                name for name in first.keys() | second.keys() if first.get(name) != second.get(name)
            )
            require(not differ, f"built again, these differ: {differ[:20]}")
            print("image: the same bytes again")
    except (ImageError, subprocess.CalledProcessError) as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
