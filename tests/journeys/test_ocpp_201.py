"""A charge point that speaks OCPP 2.0.1: for drivers and owners nothing is different."""

from dataclasses import replace

import pytest

from tests.journeys.chargers import BY_HAND
from tests.journeys.checks import assert_balances, assert_ledger, assert_refund_offered
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner

pytestmark = pytest.mark.on_aws
SPEAKS_201 = replace(BY_HAND, ocpp="2.0.1")


async def test_what_was_not_used_goes_back_when_the_driver_stops(
    owner: Owner, driver: Driver
) -> None:
    async with await owner.adds_charger(settings=SPEAKS_201) as charger:
        await driver.pays(charger.address, 5_000)
        charger.plugs_in()
        await charger.charges()
        charger.delivers(4_000)
        await driver.sees(phase="charging", energy_wh=4_000, cost_msat=2_000_000)

        await driver.stops()
        await driver.sees(phase="ended")

        await assert_refund_offered(driver, sats=3_000)
        await driver.takes_refund()
    await assert_balances({driver: -2_000, owner: 2_000})
    await assert_ledger(owner, driver, paid=5_000_000, charged=2_000_000, refunded=3_000_000)


async def test_what_was_charged_while_the_network_was_gone_is_told_later(
    owner: Owner, driver: Driver
) -> None:
    async with await owner.adds_charger(settings=SPEAKS_201) as charger:
        charger.plugs_in()
        await driver.pays(charger.address, 5_000)
        await charger.charges()
        charger.delivers(1_000)
        await driver.sees(energy_wh=1_000)

        charger.loses_its_network()
        charger.delivers(2_000)
        charger.unplugs()
        charger.comes_back()

        seen = await driver.sees(phase="ended")
        assert seen["energy_wh"] == 3_000
        await assert_refund_offered(driver, sats=3_500)
    await assert_ledger(owner, driver, paid=5_000_000, charged=1_500_000, refundable=3_500_000)
