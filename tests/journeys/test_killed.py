"""Strom is killed (SIGKILL) at the worst moments and started again: nothing is lost or doubled."""

import pytest

from tests.journeys.chargers import Charger
from tests.journeys.checks import assert_balances, assert_ledger, assert_refund_offered
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner
from tests.journeys.serving import ServedStrom
from tests.journeys.wallet_line import WalletLine

SETTINGS = {"PERFORM_TIMEOUT_S": "3", "LEASE_S": "4", "REFUND_UNKNOWN_S": "1.5"}


async def test_in_mid_charge_while_energy_flows_on(
    strom: ServedStrom, owner: Owner, charger: Charger, driver: Driver
) -> None:
    await charging(charger, driver, sats=5_000)
    charger.delivers(1_000)
    await driver.sees(energy_wh=1_000)

    await strom.killed()
    charger.delivers(2_000)
    await strom.started_again()
    await driver.sees(phase="charging", energy_wh=3_000)
    charger.delivers(1_000)
    await driver.sees(energy_wh=4_000)
    await driver.stops()
    await charger.has_stopped()

    await assert_refund_offered(driver, sats=3_000)
    await driver.takes_refund()
    await assert_balances({driver: -2_000, owner: 2_000})
    await assert_ledger(owner, driver, paid=5_000_000, charged=2_000_000, refunded=3_000_000)


async def test_the_budget_runs_out_and_the_car_leaves_while_it_is_dead(
    strom: ServedStrom, owner: Owner, charger: Charger, driver: Driver
) -> None:
    await charging(charger, driver, sats=1_000)
    await strom.killed()
    charger.delivers(2_100)
    charger.unplugs()
    await strom.started_again()

    await charger.has_stopped()

    await driver.sees(phase="ended", refund_state="none")
    await assert_balances({driver: -1_000, owner: 1_000})
    await assert_ledger(owner, driver, paid=1_000_000, charged=1_050_000, absorbed=50_000)


async def test_killed_right_after_the_payment(
    strom: ServedStrom, owner: Owner, charger: Charger, driver: Driver
) -> None:
    await driver.pays(charger.address, 1_000)
    await strom.killed()
    charger.plugs_in()
    await strom.started_again()

    await charger.charges()

    charger.delivers(1_000)
    await driver.sees(energy_wh=1_000)
    await driver.stops()
    await assert_refund_offered(driver, sats=500)
    await driver.takes_refund()
    await assert_balances({driver: -500, owner: 500})
    await assert_ledger(owner, driver, paid=1_000_000, charged=500_000, refunded=500_000)


async def test_paid_while_it_is_dead(
    strom: ServedStrom, owner: Owner, charger: Charger, driver: Driver
) -> None:
    invoice = await driver.asks_for_invoice(charger.address, 1_000)
    await strom.killed()
    await driver.pays_invoice(invoice)  # the wallet's webhook finds nobody
    charger.plugs_in()
    await strom.started_again()

    await charger.charges()

    assert charger.starts == 1
    charger.delivers(2_000)
    await charger.has_stopped()
    await driver.sees(phase="ended", refund_state="none")
    await assert_balances({driver: -1_000, owner: 1_000})
    await assert_ledger(owner, driver, paid=1_000_000, charged=1_000_000)


async def test_the_charge_begins_while_it_is_dead(
    strom: ServedStrom, owner: Owner, charger: Charger, driver: Driver
) -> None:
    await driver.pays(charger.address, 1_000)
    await charger.was_told_to_start()
    await strom.killed()
    charger.plugs_in()
    await charger.begins()
    charger.delivers(800)
    await strom.started_again()

    await charger.charges()

    await driver.sees(phase="charging", energy_wh=800)
    await driver.stops()
    await assert_refund_offered(driver, sats=600)
    await driver.takes_refund()
    await assert_balances({driver: -400, owner: 400})
    await assert_ledger(owner, driver, paid=1_000_000, charged=400_000, refunded=600_000)


@pytest.mark.parametrize("moment", ["before the wallet pays", "after the wallet has paid"])
async def test_killed_while_a_refund_is_being_paid(
    strom: ServedStrom,
    line: WalletLine,
    owner: Owner,
    charger: Charger,
    driver: Driver,
    moment: str,
) -> None:
    charger.refuses_starts()
    await driver.pays(charger.address, 1_000)
    await assert_refund_offered(driver, sats=1_000)
    if moment == "before the wallet pays":
        line.holds_requests_to_pay()
    else:
        line.holds_answers_to_payouts()
    passed = line.payouts_passed

    claimed = await driver.node.redeem_withdraw(driver.wallet, driver.withdraw_url)
    await line.payout_is_held.wait()
    await strom.killed()
    line.comes_up()
    await strom.started_again()
    await driver.has_received(claimed)

    assert line.payouts_passed == passed + 1
    await assert_balances({driver: 0, owner: 0})
    await assert_ledger(owner, driver, paid=1_000_000, refunded=1_000_000)


async def charging(charger: Charger, driver: Driver, sats: int) -> None:
    await driver.pays(charger.address, sats)
    charger.plugs_in()
    await charger.charges()
