"""One Strom for each file, killed and started again by those who want to; people for each test."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Protocol

import pytest

from tests.journeys.chargers import BY_HAND, Charger
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner
from tests.journeys.serving import ServedStrom, assert_log_is_clean
from tests.journeys.wallet_line import WalletLine, wallet_line
from tests.support import servers
from tests.support.lnbits import LnbitsNode


class Arrives(Protocol):
    """Makes another driver."""

    async def __call__(self) -> Driver: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.journeys)


@pytest.fixture(scope="session")
def tables() -> str:
    """A real table in a process of its own: it is still there when Strom was killed."""
    try:
        return servers.shared("dynamodb-local").url
    except servers.MissingPartError:
        return servers.shared("ministack").url


@pytest.fixture(scope="module")
def strom(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tables: str
) -> Iterator[ServedStrom]:
    """This file's Strom, with the ``SETTINGS`` of the file."""
    folder = tmp_path_factory.mktemp(f"journeys-{secrets.token_hex(4)}-")
    strom = ServedStrom(folder, tables, getattr(request.module, "SETTINGS", {}))
    strom.start()
    try:
        yield strom
    finally:
        strom.stop()
    assert_log_is_clean(strom)


@pytest.fixture
async def line(lnbits: LnbitsNode) -> AsyncIterator[WalletLine]:
    """What the owner's wallet hangs on."""
    async with wallet_line(lnbits.base_url) as line:
        yield line


@pytest.fixture
async def owner(
    request: pytest.FixtureRequest, strom: ServedStrom, lnbits: LnbitsNode
) -> AsyncIterator[Owner]:
    """An owner with everything set up; behind the ``line`` in tests that ask for it."""
    wallet_url = ""
    if "line" in request.fixturenames:
        wallet_url = request.getfixturevalue("line").url
    owner = await Owner.signs_up(strom, lnbits, wallet_url)
    async with aclosing(owner.http):
        yield owner


@pytest.fixture
async def charger(owner: Owner) -> AsyncIterator[Charger]:
    """The owner's charge point, online and free; energy flows as the test says."""
    async with await owner.adds_charger(settings=BY_HAND) as charger:
        yield charger


@pytest.fixture
async def arrives(strom: ServedStrom, lnbits: LnbitsNode) -> AsyncIterator[Arrives]:
    async with AsyncExitStack() as stack:

        async def another() -> Driver:
            driver = await Driver.arrives(strom, lnbits)
            await stack.enter_async_context(driver.browser)
            return driver

        yield another


@pytest.fixture
async def driver(arrives: Arrives) -> Driver:
    return await arrives()
