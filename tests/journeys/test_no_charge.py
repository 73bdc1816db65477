"""Paid, but nothing flows: everything goes back."""

import asyncio

import pytest

from tests.journeys.chargers import Charger
from tests.journeys.checks import assert_balances, assert_ledger, assert_refund_offered
from tests.journeys.conftest import Arrives
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner


@pytest.mark.on_aws
async def test_the_charger_refuses(owner: Owner, charger: Charger, driver: Driver) -> None:
    charger.refuses_starts()

    await driver.pays(charger.address, 3_000)

    await driver.sees(end="start_rejected")
    await everything_goes_back(owner, driver, sats=3_000)


async def test_the_cable_does_not_lock(owner: Owner, charger: Charger, driver: Driver) -> None:
    charger.cannot_lock_the_cable()

    await driver.pays(charger.address, 3_000)
    charger.plugs_in()

    await driver.sees(end="faulted")
    await everything_goes_back(owner, driver, sats=3_000)


@pytest.mark.on_aws
async def test_the_driver_thinks_better_of_it(
    owner: Owner, charger: Charger, driver: Driver
) -> None:
    await driver.pays(charger.address, 3_000)
    await charger.was_told_to_start()

    await driver.stops()

    await driver.sees(end="cancelled")
    await everything_goes_back(owner, driver, sats=3_000)


@pytest.mark.on_aws
async def test_of_two_who_pay_one_connector_one_charges_and_the_other_is_refunded(
    owner: Owner, charger: Charger, arrives: Arrives
) -> None:
    drivers = [await arrives(), await arrives()]
    invoices = [await each.asks_for_invoice(charger.address, 2_000) for each in drivers]

    async with asyncio.TaskGroup() as both:
        for each, invoice in zip(drivers, invoices, strict=True):
            both.create_task(each.pays_invoice(invoice))
    charger.plugs_in()
    await charger.charges()

    charging, other = await in_order(drivers)
    await everything_goes_back(owner, other, sats=2_000, earned=2_000)
    charger.delivers(1_000)
    await charging.sees(energy_wh=1_000)
    await charging.stops()
    await assert_refund_offered(charging, sats=1_500)
    await charging.takes_refund()
    assert charger.starts == 1
    await assert_balances({charging: -500, other: 0, owner: 500})
    await assert_ledger(owner, charging, paid=2_000_000, charged=500_000, refunded=1_500_000)


async def in_order(drivers: list[Driver]) -> list[Driver]:
    """Who charges first, then who does not."""
    views = [await each.sees(paid_msat=2_000_000) for each in drivers]
    charging = [view["phase"] == "charging" for view in views]
    if not any(charging):  # one has been paid but not begun when it was looked at
        return await in_order(drivers)
    assert sorted(charging) == [False, True]
    return drivers if charging[0] else drivers[::-1]


async def everything_goes_back(owner: Owner, driver: Driver, sats: int, earned: int = 0) -> None:
    """All that was paid is offered and taken; the owner keeps what was ``earned`` elsewhere."""
    await assert_refund_offered(driver, sats=sats)
    await driver.takes_refund()
    await assert_balances({driver: 0, owner: earned})
    await assert_ledger(owner, driver, paid=sats * 1000, refunded=sats * 1000)
