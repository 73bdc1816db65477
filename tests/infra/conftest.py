"""The templates, synthesised once per run."""

from __future__ import annotations

import pytest

from tests.infra.templates import Template
from tests.support.stacks import production


@pytest.fixture(scope="session")
def core() -> Template:
    """Production, but the front."""
    return Template.read(production() / "strom-prod.template.json")


@pytest.fixture(scope="session")
def front() -> Template:
    """What the world sees of it."""
    return Template.read(production() / "strom-prod-front.template.json")
