"""Pay, charge, and what was not used goes back."""

import pytest

from app.simulator import SimulatorSettings
from tests.journeys.chargers import Charger
from tests.journeys.checks import (
    assert_balances,
    assert_ledger,
    assert_nothing_offered,
    assert_refund_offered,
)
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner

WH_COSTS_MSAT = 500


@pytest.mark.on_aws
async def test_what_was_not_used_goes_back_when_the_driver_stops(
    owner: Owner, charger: Charger, driver: Driver
) -> None:
    await driver.pays(charger.address, 5_000)
    charger.plugs_in()
    await charger.charges()
    charger.delivers(4_000)
    await driver.sees(phase="charging", energy_wh=4_000, cost_msat=2_000_000)

    await driver.stops()
    await charger.has_stopped()

    await assert_refund_offered(driver, sats=3_000)
    await assert_balances({driver: -5_000, owner: 5_000})
    await assert_ledger(owner, driver, paid=5_000_000, charged=2_000_000, refundable=3_000_000)

    await driver.takes_refund()

    await assert_balances({driver: -2_000, owner: 2_000})
    await assert_ledger(owner, driver, paid=5_000_000, charged=2_000_000, refunded=3_000_000)


@pytest.mark.on_aws
async def test_plugged_in_before_paying_and_stopped_by_scanning_the_refund_code(
    owner: Owner, charger: Charger, driver: Driver
) -> None:
    charger.plugs_in()
    await driver.pays(charger.address, 1_000)
    await charger.charges()
    charger.delivers(1_001)  # 500.5 sats: the half cannot be paid out
    await driver.sees(energy_wh=1_001)

    claimed = await driver.node.redeem_withdraw(driver.wallet, driver.withdraw_url)
    await driver.has_received(claimed)

    await charger.has_stopped()
    await assert_balances({driver: -501, owner: 501})
    await assert_ledger(
        owner, driver, paid=1_000_000, charged=500_500, refunded=499_000, residue=500
    )


@pytest.mark.on_aws
async def test_the_charge_stops_by_itself_when_the_budget_runs_out(
    owner: Owner, driver: Driver
) -> None:
    quick = SimulatorSettings(speed=240, first_reconnect_s=0.2)  # 733 Wh a second
    async with await owner.adds_charger(settings=quick) as charger:
        await driver.pays(charger.address, 1_500)
        charger.plugs_in()

        await charger.is_told_to_stop()
        await charger.has_stopped()

        energy_wh = (await driver.sees(phase="ended"))["energy_wh"]
    assert energy_wh <= 1.5 * 3_000, "it was stopped far too late"
    used_msat = energy_wh * WH_COSTS_MSAT
    left_sats = max(0, 1_500_000 - used_msat) // 1000
    if left_sats:
        await assert_refund_offered(driver, sats=left_sats)
        await driver.takes_refund()
    await assert_balances({driver: left_sats - 1_500, owner: 1_500 - left_sats})
    charged_msat = min(used_msat, 1_500_000)
    await assert_ledger(
        owner,
        driver,
        paid=1_500_000,
        charged=used_msat,
        absorbed=used_msat - charged_msat,
        refunded=left_sats * 1000,
        residue=1_500_000 - charged_msat - left_sats * 1000,
    )


async def test_what_flows_beyond_the_budget_is_the_owners_loss(
    owner: Owner, charger: Charger, driver: Driver
) -> None:
    await driver.pays(charger.address, 2_000)
    charger.plugs_in()
    await charger.charges()
    charger.delivers(3_999)
    await driver.sees(energy_wh=3_999, phase="charging")

    charger.delivers(51)
    await charger.is_told_to_stop()
    await charger.has_stopped()

    await assert_nothing_offered(driver)
    await assert_balances({driver: -2_000, owner: 2_000})
    await assert_ledger(owner, driver, paid=2_000_000, charged=2_025_000, absorbed=25_000)


@pytest.mark.on_aws
async def test_a_top_up_extends_the_charge(owner: Owner, charger: Charger, driver: Driver) -> None:
    await driver.pays(charger.address, 2_000)
    charger.plugs_in()
    await charger.charges()
    charger.delivers(3_900)
    await driver.sees(energy_wh=3_900)

    await driver.tops_up(1_000)
    await driver.sees(paid_msat=3_000_000, affordable_wh=6_000)
    charger.delivers(50)  # no car takes 2 kWh before the edge has heard of the top-up
    await driver.sees(energy_wh=3_950)
    charger.delivers(1_950)
    await driver.sees(energy_wh=5_900, phase="charging")
    await driver.stops()
    await charger.has_stopped()

    await assert_refund_offered(driver, sats=50)
    await driver.takes_refund()
    await assert_balances({driver: -2_950, owner: 2_950})
    await assert_ledger(owner, driver, paid=3_000_000, charged=2_950_000, refunded=50_000)


async def test_the_next_driver_charges_after_the_first(
    owner: Owner, charger: Charger, driver: Driver
) -> None:
    await driver.pays(charger.address, 100)
    charger.plugs_in()
    await charger.charges()
    charger.delivers(200)
    await charger.has_stopped()
    await assert_nothing_offered(driver)
    charger.unplugs()
    await charger.is_free()

    await driver.pays(charger.address, 300)
    charger.plugs_in()
    await charger.charges()
    charger.delivers(200)
    await driver.sees(energy_wh=200)
    await driver.stops()

    await assert_refund_offered(driver, sats=200)
    await driver.takes_refund()
    await assert_balances({driver: -200, owner: 200})
    await assert_ledger(owner, driver, paid=300_000, charged=100_000, refunded=200_000)
