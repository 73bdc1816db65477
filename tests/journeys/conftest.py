"""One Strom for each file, killed and started again by those who want to; people for each test.

At home it is `strom serve`. A journey marked ``on_aws`` is made a second time, with the parts that
Strom has on AWS: one such Strom for all of them, but where a file has ``SETTINGS`` of its own.

Marked is what crosses those parts in a way of its own: money in, held, topped up, back by scan or
to an address; both dialects; a start refused, withdrawn, raced for, with nobody plugging in; a fee
for standing; an hour's price; what is not to be sold where a charge point or a wallet is away, and
what is not to be believed or paid.
Unmarked is what differs in a reckoning or a sentence alone (further amounts, grace, forged links)
and goes the same way, and what steers the one process there is at home (killed, its disk, its
certificate, its clock).
Each mark costs its journey's time once more, and all of `make test` has its budget.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Protocol

import pytest

from tests.journeys.chargers import BY_HAND, Charger
from tests.journeys.drivers import Driver
from tests.journeys.on_aws import strom_on_aws
from tests.journeys.owners import Owner
from tests.journeys.serving import ServedStrom, running
from tests.journeys.wallet_line import WalletLine, wallet_line
from tests.support import servers
from tests.support.lnbits import LnbitsNode


class Arrives(Protocol):
    """Makes another driver."""

    async def __call__(self) -> Driver: ...


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("on_aws"):
        metafunc.parametrize("strom", ["at_home", "on_aws"], indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.journeys)
    left_out = [item for item in items if _is_at_home_only(item)]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def _is_at_home_only(item: pytest.Item) -> bool:
    """``on_aws(ocpp="2.0.1")`` takes only this case of several to AWS."""
    marker = item.get_closest_marker("on_aws")
    if marker is None or not isinstance(item, pytest.Function):
        return False
    case = item.callspec.params
    chosen = all(case[name] == value for name, value in marker.kwargs.items())
    return case["strom"] == "on_aws" and not chosen


@pytest.fixture(scope="session")
def tables() -> str:
    """A real table in a process of its own: it is still there when Strom was killed."""
    try:
        return servers.shared("dynamodb-local").url
    except servers.MissingPartError:
        return servers.shared("ministack").url


@pytest.fixture(scope="module")
def at_home(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tables: str
) -> Iterator[ServedStrom]:
    """This file's Strom, with the ``SETTINGS`` of the file."""
    folder = tmp_path_factory.mktemp(f"journeys-{secrets.token_hex(4)}-")
    with running(ServedStrom(folder, tables, _settings_of(request))) as strom:
        yield strom


@pytest.fixture(scope="package")
def everyones_on_aws(
    ministack_endpoint: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedStrom]:
    """The one for files without settings: it takes longer to start than most journeys to make."""
    with running(strom_on_aws(ministack_endpoint, tmp_path_factory, {})) as strom:
        yield strom


@pytest.fixture(scope="module")
def on_aws(
    request: pytest.FixtureRequest,
    ministack_endpoint: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ServedStrom]:
    """Two edges, functions, a worker, with the same ``SETTINGS``."""
    settings = _settings_of(request)
    if not settings:
        yield request.getfixturevalue("everyones_on_aws")
        return
    with running(strom_on_aws(ministack_endpoint, tmp_path_factory, settings)) as strom:
        yield strom


@pytest.fixture
def strom(request: pytest.FixtureRequest) -> ServedStrom:
    """Where this journey is made."""
    found: ServedStrom = request.getfixturevalue(getattr(request, "param", "at_home"))
    return found


def _settings_of(request: pytest.FixtureRequest) -> dict[str, str]:
    found: dict[str, str] = getattr(request.module, "SETTINGS", {})
    return found


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
