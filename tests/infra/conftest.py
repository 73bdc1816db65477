"""The templates, synthesised once per run."""

from __future__ import annotations

import pytest

from tests.infra.templates import Template
from tests.support.stacks import MissingCdkError, stacks


def read(kind: str, stack: str) -> Template:
    """One stack of a kind of stage; skips where the CDK is not set up."""
    try:
        return Template.read(stacks(kind) / f"{stack}.template.json")
    except MissingCdkError as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def core() -> Template:
    """Production, but the front."""
    return read("prod", "strom-prod")


@pytest.fixture(scope="session")
def front() -> Template:
    """What the world sees of it."""
    return read("prod", "strom-prod-front")
