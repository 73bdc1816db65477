"""The image: its steps taken without a builder, and what the Dockerfile says beyond them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import ROOT, bare_environment

DOCKERFILE = (ROOT / "Dockerfile").read_text()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where any user gets to, as tests' own folders are not."""
    made = Path(tempfile.mkdtemp(prefix="strom-image-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def test_it_is_built_small_listed_and_serves_without_writing(
    folder: Path, ministack_endpoint: str
) -> None:
    done = subprocess.run(
        [
            sys.executable, str(ROOT / "scripts" / "check_image.py"), str(folder),
            "--table", ministack_endpoint, "--tools", str(ROOT / "build" / "image-tools"),
        ],
        env=bare_environment(),
        capture_output=True,
        text=True,
        timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "all in its bill of materials" in done.stdout
    assert "serves, and changes none of its files" in done.stdout
    if shutil.which("unshare") and os.geteuid() == 0:
        assert "as user 10001, everything read-only but its volume" in done.stdout


def test_it_does_not_run_as_root_and_says_how_it_is() -> None:
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "USER 10001:10001" in final
    assert final.index("USER") < final.index("ENTRYPOINT")
    assert (
        'HEALTHCHECK --interval=30s --timeout=15s --start-period=60s CMD ["strom", "health"]'
        in final
    )
    assert "VOLUME /var/lib/strom" in final
    assert final.count("RUN") == 1


def test_both_stages_stand_on_the_one_image_that_may_be_named_by_digest() -> None:
    lines = DOCKERFILE.splitlines()
    assert "ARG PYTHON_IMAGE=python:3.12-slim" in lines
    bases = [line.split()[1] for line in lines if line.startswith("FROM")]
    assert bases == ["${PYTHON_IMAGE}"] * 2


def test_what_it_is_built_from_is_locked() -> None:
    for line in DOCKERFILE.splitlines():
        if line.startswith("RUN") and "pip install" in line and "--no-index" not in line:
            assert "--require-hashes" in line, line
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"  # nothing gets in but what is named
    assert {"!app", "!requirements/base.txt", "!requirements/image.txt"} <= set(ignored)


def test_libraries_have_wheels_for_both_machines() -> None:
    """`uv` finds one of each for arm64 and for amd64, without building anything."""
    uv = ROOT / ".venv" / "bin" / "uv"
    for machine in ("aarch64", "x86_64"):
        done = subprocess.run(
            [
                str(uv), "pip", "install", "--dry-run", "--quiet", "--require-hashes",
                "--only-binary", ":all:", "--python-version", "3.12",
                "--python-platform", f"{machine}-manylinux_2_28",
                "--target", str(ROOT / "build" / "nowhere"),
                "-r", str(ROOT / "requirements" / "base.txt"),
            ],
            env=bare_environment(), capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
