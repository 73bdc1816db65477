"""A wallet that can hold a payment: it is the owner's once the charge point has accepted, and where
there is no charge it never was.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.journeys.chargers import Charger
from tests.journeys.checks import assert_ledger, assert_nothing_offered
from tests.journeys.drivers import MSAT, Driver
from tests.journeys.holding_wallets import SATS, Line, holding_wallet
from tests.journeys.owners import Owner
from tests.journeys.waiting import until

pytestmark = pytest.mark.on_aws(wallet="lnd")  # NWC's relay and keys: tests/journeys/test_on_aws.py


@pytest.fixture(params=["nwc", "lnd"])
async def wallet(
    request: pytest.FixtureRequest, owner: Owner, tmp_path: Path
) -> AsyncIterator[Line]:
    async with holding_wallet(request.param, owner, tmp_path) as line:
        yield line


async def pays(driver: Driver, charger: Charger, wallet: Line) -> None:
    invoice = await driver.asks_for_invoice(charger.address, SATS)
    await wallet.pays(invoice.bolt11)
    driver.page = invoice.page


async def becomes(state: Callable[[], bool], what: str) -> None:
    async def looks() -> bool:
        return state()

    await until(looks, bool, what)


async def test_it_is_taken_once_the_charge_point_has_accepted(
    owner: Owner, wallet: Line, charger: Charger, driver: Driver
) -> None:
    await pays(driver, charger, wallet)
    await becomes(wallet.is_taken, "the held payment to be taken")
    charger.plugs_in()
    await charger.charges()
    charger.delivers(4_000)
    await charger.has_stopped()
    await assert_nothing_offered(driver)
    await assert_ledger(owner, driver, paid=SATS * MSAT, charged=SATS * MSAT)


async def test_a_refused_start_gives_it_back(
    owner: Owner, wallet: Line, charger: Charger, driver: Driver
) -> None:
    charger.refuses_starts()
    await pays(driver, charger, wallet)
    await becomes(wallet.is_given_back, "the held payment to be given back")
    assert not wallet.is_taken()
    await assert_nothing_offered(driver)
    await assert_ledger(owner, driver)
