"""Functions as Lambda starts them: in a process without a running loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.entrypoints.lambdas.starting import Started, start
from app.settings import Settings
from tests.support.on_aws import Installation, install


@pytest.fixture(scope="module")
def installation(ministack_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder: Path = tmp_path_factory.mktemp("aws")
    return asyncio.run(install(ministack_endpoint, folder))


@pytest.fixture
def begin() -> Iterator[Callable[[Settings], Started]]:
    """`start`, ended again after the test."""
    running: list[Started] = []

    def begun(settings: Settings) -> Started:
        running.append(start(settings))
        return running[-1]

    yield begun
    for one in running:
        one.loop.run_until_complete(one.parts.aclose())
        asyncio.set_event_loop(None)
        one.loop.close()
