"""What the chaos tests share: the marker, the table, and what a run says it has covered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import servers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.chaos)


@pytest.fixture(scope="session")
def tables() -> str:
    """A real table in a process of its own: it is still there when Strom has died."""
    try:
        return servers.shared("dynamodb-local").url
    except servers.MissingPartError:
        return servers.shared("ministack").url


@pytest.fixture
def says(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """A line for the end of the run, and for whoever watches."""

    def say(line: str) -> None:
        print(line)
        record_property("summary", line)

    return say
