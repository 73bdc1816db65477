"""Strom as in the journeys, with charge points by others; a test skips where one is not here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.conftest import (  # noqa: F401  # fixtures
    arrives,
    at_home,
    driver,
    owner,
    strom,
    tables,
)
from tests.support.servers import ROOT


def missing(part: str) -> str:
    """Why a part is not here."""
    reason = ROOT / ".stamps" / f"{part}.skipped"
    return reason.read_text() if reason.exists() else f"`make setup-test` installs {part}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a charge point's log lies."""
    return tmp_path
