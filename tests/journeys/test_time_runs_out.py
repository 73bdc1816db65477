"""Those who wait for nothing are not kept waiting: starts, quotes, chargers that never return."""

import asyncio

import pytest

from tests.journeys.chargers import Charger
from tests.journeys.checks import assert_balances, assert_ledger, assert_refund_offered
from tests.journeys.drivers import MSAT, Driver, lnurlp
from tests.journeys.owners import Owner

SETTINGS = {
    "START_S": "4",
    "CONNECTION_TIMEOUT_S": "2",
    "SILENT_LIMIT_S": "4",
    "QUOTE_LIFE_S": "3",
}


@pytest.mark.on_aws
async def test_nobody_plugs_in(owner: Owner, charger: Charger, driver: Driver) -> None:
    await driver.pays(charger.address, 3_000)
    await charger.was_told_to_start()

    await driver.sees(end="start_timed_out")

    await assert_refund_offered(driver, sats=3_000)
    await driver.takes_refund()
    await assert_balances({driver: 0, owner: 0})
    await assert_ledger(owner, driver, paid=3_000_000, refunded=3_000_000)
    await charger.is_free()


async def test_a_charger_that_does_not_answer_the_start(
    owner: Owner, charger: Charger, driver: Driver
) -> None:
    charger.device.never_answer()
    await driver.pays(charger.address, 3_000)

    await driver.sees(end="start_timed_out")

    await assert_refund_offered(driver, sats=3_000)
    await driver.takes_refund()
    await assert_balances({driver: 0, owner: 0})
    await assert_ledger(owner, driver, paid=3_000_000, refunded=3_000_000)


async def test_a_charger_that_never_comes_back_is_settled_at_its_last_reading(
    owner: Owner, charger: Charger, driver: Driver
) -> None:
    await driver.pays(charger.address, 3_000)
    charger.plugs_in()
    await charger.charges()
    charger.delivers(2_000)
    await driver.sees(energy_wh=2_000)

    charger.loses_its_network()
    charger.delivers(1_000)  # nobody hears of it in time

    await driver.sees(phase="ended", end="silent")
    await assert_refund_offered(driver, sats=2_000)
    await driver.takes_refund()
    await assert_balances({driver: -1_000, owner: 1_000})

    charger.comes_back()
    await charger.is_told_to_stop()
    await charger.has_stopped()
    await assert_balances({driver: -1_000, owner: 1_000})
    await assert_ledger(
        owner,
        driver,
        paid=3_000_000,
        charged=1_500_000,
        absorbed=500_000,
        refunded=2_000_000,
    )


async def test_a_price_that_has_expired_buys_nothing(
    owner: Owner, charger: Charger, driver: Driver
) -> None:
    invoices = await owner.invoices()
    offer = await driver.gets(lnurlp(charger.address))
    await asyncio.sleep(float(SETTINGS["QUOTE_LIFE_S"]) + 0.1)

    answer = await driver.gets(offer["callback"], amount=1_000 * MSAT)

    assert answer["status"] == "ERROR"
    assert "expired" in answer["reason"]
    assert await owner.invoices() == invoices
    await assert_balances({driver: 0, owner: 0})
