"""Where a container builder runs the image is built with it; where none does, nothing fails.

No builder runs where most of these tests do: a stand-in for `docker` writes down what it is told.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers import ROOT, bare_environment

STAND_IN = """#!/bin/sh
echo "$*" >> "$0.calls"
case "$*" in
  "info") [ -z "$NO_DAEMON" ] ;;
  "buildx version") [ -z "$NO_BUILDX" ] ;;
  *" -") cat >> "$0.tried"; case "$*" in *"${CANNOT:-nothing}"*) echo "no such machine" >&2; exit 1;; esac ;;
  *" .") [ -z "$BREAKS" ] ;;
  *) exit 64 ;;
esac
"""  # noqa: E501  # a program of its own


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    program = tmp_path / "docker"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    return program


def build(program: Path | None, **given: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """What it says, and the images that it had built."""
    environment = bare_environment() | given
    folder = program.parent if program else Path("/nowhere")
    environment["PATH"] = f"{folder}:/usr/bin:/bin" if program else str(folder)
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "build_image.py")],
        env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    calls = Path(f"{program}.calls")
    told = calls.read_text().splitlines() if calls.exists() else []
    return done, [call for call in told if call.endswith(" .")]


def test_without_docker_nothing_is_built_and_nothing_fails() -> None:
    done, _ = build(None)
    assert (done.returncode, done.stdout) == (0, "image: no container builder runs here\n")


@pytest.mark.parametrize("lacking", ["NO_DAEMON", "NO_BUILDX"])
def test_with_no_more_than_its_command_line_neither(docker: Path, lacking: str) -> None:
    done, built = build(docker, **{lacking: "1"})
    assert (done.returncode, done.stdout) == (0, "image: no container builder runs here\n")
    assert built == []


def test_it_is_built_for_both_machines_with_the_same_bytes_each_time(docker: Path) -> None:
    done, built = build(docker)
    assert done.returncode == 0, done.stderr
    assert [call.split("--platform ")[1].split()[0] for call in built] == [
        "linux/amd64",
        "linux/arm64",
    ]
    for call in built:
        assert "--build-arg SOURCE_DATE_EPOCH=0" in call
        assert "--output type=image,rewrite-timestamp=true" in call
        assert "push" not in call


def test_it_tries_what_it_needs_of_the_world_on_the_image_it_builds_on(docker: Path) -> None:
    build(docker)
    tried = Path(f"{docker}.tried").read_text()
    assert tried.startswith("# syntax=docker/dockerfile:1\nFROM python:3.12-slim\n")
    assert "pip download" in tried


def test_a_machine_that_the_builder_cannot_play_is_left_out(docker: Path) -> None:
    done, built = build(docker, CANNOT="linux/arm64")
    assert done.returncode == 0, done.stderr
    assert "image: not for linux/arm64, which this builder cannot: no such machine" in done.stdout
    assert len(built) == 1


def test_a_builder_that_reaches_nothing_is_none(docker: Path) -> None:
    done, built = build(docker, CANNOT="linux/")
    assert (done.returncode, built) == (0, [])
    assert "image: no container builder runs here" in done.stdout


def test_an_image_that_cannot_be_built_fails(docker: Path) -> None:
    done, _ = build(docker, BREAKS="1")
    assert done.returncode == 1
    assert "image: cannot be built for linux/amd64" in done.stderr


def test_every_submission_has_it_built() -> None:
    run = (ROOT / ".ci" / "run").read_text()
    assert "python scripts/build_image.py || status=1" in run
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
