"""What breaks during a charge costs the driver nothing but the energy."""

from tests.journeys.chargers import Charger
from tests.journeys.checks import assert_balances, assert_ledger, assert_refund_offered
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner


async def test_a_charger_that_drops_and_comes_back_goes_on(
    owner: Owner, charger: Charger, driver: Driver
) -> None:
    await charging(charger, driver, sats=4_000)
    charger.delivers(1_000)
    await driver.sees(energy_wh=1_000)

    charger.loses_its_network()
    charger.delivers(1_500)
    charger.delivers(500)
    charger.comes_back()

    await driver.sees(energy_wh=3_000, phase="charging")
    charger.delivers(1_000)
    await driver.sees(energy_wh=4_000)
    await driver.stops()
    await charger.has_stopped()
    await assert_refund_offered(driver, sats=2_000)
    await driver.takes_refund()
    await assert_balances({driver: -2_000, owner: 2_000})
    await assert_ledger(owner, driver, paid=4_000_000, charged=2_000_000, refunded=2_000_000)


async def test_an_end_that_came_while_offline_is_told_afterwards(
    owner: Owner, charger: Charger, driver: Driver
) -> None:
    await charging(charger, driver, sats=4_000)
    charger.loses_its_network()
    charger.delivers(2_000)
    charger.unplugs()
    charger.comes_back()

    await charger.has_stopped()

    await assert_refund_offered(driver, sats=3_000)
    await driver.takes_refund()
    await assert_balances({driver: -1_000, owner: 1_000})
    await assert_ledger(owner, driver, paid=4_000_000, charged=1_000_000, refunded=3_000_000)


async def test_a_budget_that_ran_out_while_offline_is_stopped_at_the_return(
    owner: Owner, charger: Charger, driver: Driver
) -> None:
    await charging(charger, driver, sats=1_000)
    charger.loses_its_network()
    charger.delivers(2_300)
    charger.comes_back()

    await charger.is_told_to_stop()
    await charger.has_stopped()

    await driver.sees(phase="ended", refund_state="none")
    await assert_balances({driver: -1_000, owner: 1_000})
    await assert_ledger(owner, driver, paid=1_000_000, charged=1_150_000, absorbed=150_000)


async def test_a_charger_that_faults_ends_the_charge(
    owner: Owner, charger: Charger, driver: Driver
) -> None:
    await charging(charger, driver, sats=4_000)
    charger.delivers(1_000)
    await driver.sees(energy_wh=1_000)

    charger.faults()
    await charger.has_stopped()

    await assert_refund_offered(driver, sats=3_500)
    await driver.takes_refund()
    await assert_balances({driver: -500, owner: 500})
    await assert_ledger(owner, driver, paid=4_000_000, charged=500_000, refunded=3_500_000)


async def test_a_charger_that_ignores_a_stop_is_told_again(
    owner: Owner, charger: Charger, driver: Driver
) -> None:
    await charging(charger, driver, sats=1_000)
    charger.device.keeps_running(times=1)
    charger.delivers(1_000)
    await driver.sees(energy_wh=1_000)

    await driver.stops()
    await charger.has_stopped()

    await assert_refund_offered(driver, sats=500)
    await driver.takes_refund()
    await assert_balances({driver: -500, owner: 500})
    await assert_ledger(owner, driver, paid=1_000_000, charged=500_000, refunded=500_000)


async def charging(charger: Charger, driver: Driver, sats: int) -> None:
    await driver.pays(charger.address, sats)
    charger.plugs_in()
    await charger.charges()
