"""A tariff with a start fee and a price for standing: full, and still there, costs until it leaves.

The most a charge may cost is reached soon, so that what it comes to depends on no clock.
"""

import asyncio
from dataclasses import replace

import pytest

from tests.journeys.chargers import BY_HAND
from tests.journeys.checks import assert_balances, assert_ledger, assert_refund_offered
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner
from tests.journeys.waiting import until

ENERGY_MSAT = 2_050_000
"""4 kWh and the start; fees: up to 300 sats more, 100 a second."""
TARIFF = {
    "name": "Not a car park",
    "elements": [
        {
            "price_components": [
                {"type": "FLAT", "price": "0.05"},
                {"type": "ENERGY", "price": "0.50"},
                {"type": "PARKING_TIME", "price": "360"},
            ]
        }
    ],
    "max_price": "2.35",
}
GRACE_S = 1


@pytest.mark.on_aws(ocpp="2.0.1")
@pytest.mark.parametrize("ocpp", ["1.6", "2.0.1"])
async def test_full_and_still_there_costs_until_the_cable_is_out(
    owner: Owner, driver: Driver, ocpp: str
) -> None:
    await owner.asks_for(**TARIFF, grace_s=GRACE_S)
    async with await owner.adds_charger(settings=replace(BY_HAND, ocpp=ocpp)) as charger:
        await driver.pays(charger.address, 5_000)
        charger.plugs_in()
        await charger.charges()
        charger.delivers(4_000)
        await driver.sees(phase="charging", energy_wh=4_000, cost_msat=ENERGY_MSAT)

        await asyncio.sleep(GRACE_S + 0.5)
        charger.delivers(0)
        await until(
            driver.view, lambda view: view["cost_msat"] > ENERGY_MSAT, "the page to show a fee"
        )

        await driver.stops()
        seen = await driver.sees(phase="finishing")
        assert (seen["refundable_msat"], seen["refund_state"]) == (0, "none")
        await asyncio.sleep(GRACE_S + 3)
        charger.unplugs()

        await assert_refund_offered(driver, sats=2_650)
        await driver.takes_refund()
    await assert_balances({driver: -2_350, owner: 2_350})
    await assert_ledger(owner, driver, paid=5_000_000, charged=2_350_000, refunded=2_650_000)


@pytest.mark.parametrize("ocpp", ["1.6", "2.0.1"])
async def test_who_leaves_within_the_grace_pays_no_fee(
    owner: Owner, driver: Driver, ocpp: str
) -> None:
    await owner.asks_for(**TARIFF, grace_s=3600)
    async with await owner.adds_charger(settings=replace(BY_HAND, ocpp=ocpp)) as charger:
        await driver.pays(charger.address, 5_000)
        charger.plugs_in()
        await charger.charges()
        charger.delivers(4_000)
        await driver.sees(phase="charging", energy_wh=4_000)
        await driver.stops()
        await driver.sees(phase="finishing")
        charger.unplugs()
        await assert_refund_offered(driver, sats=2_950)
        await driver.takes_refund()
    await assert_ledger(owner, driver, paid=5_000_000, charged=2_050_000, refunded=2_950_000)


async def test_a_charger_that_cannot_be_reached_counts_no_standing(
    owner: Owner, driver: Driver
) -> None:
    await owner.asks_for(**TARIFF, grace_s=3600)
    async with await owner.adds_charger(settings=BY_HAND) as charger:
        await driver.pays(charger.address, 5_000)
        charger.plugs_in()
        await charger.charges()
        charger.delivers(4_000)
        await driver.sees(phase="charging", energy_wh=4_000)
        await driver.stops()
        await driver.sees(phase="finishing")
        charger.loses_its_network()
        await assert_refund_offered(driver, sats=2_950)
        charger.comes_back()
        await charger.has_told_everything()
    await assert_ledger(owner, driver, paid=5_000_000, charged=2_050_000, refundable=2_950_000)
