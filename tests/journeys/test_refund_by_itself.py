"""The payer names a lightning address: what is left comes without another scan."""

import pytest

from tests.journeys.address import address_of
from tests.journeys.chargers import Charger
from tests.journeys.checks import assert_balances, assert_ledger
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner


@pytest.mark.on_aws
async def test_what_was_not_used_goes_to_the_address_that_came_with_the_payment(
    owner: Owner, charger: Charger, driver: Driver
) -> None:
    async with address_of(driver.node, driver.wallet) as address:
        said = {"payerdata": address.payer_data}
        await driver.pays_invoice(await driver.asks_for_invoice(charger.address, 5_000, **said))
        charger.plugs_in()
        await charger.charges()
        charger.delivers(4_000)
        view = await driver.sees(phase="charging", energy_wh=4_000)
        assert view["refund_reach"] == "fixed"
        await driver.stops()
        await charger.has_stopped()

        view = await driver.sees(phase="ended", refund_state="paid")

    assert view["refunded_msat"] == 3_000_000
    assert address.invoices == 1
    await assert_balances({driver: -2_000, owner: 2_000})
    await assert_ledger(owner, driver, paid=5_000_000, charged=2_000_000, refunded=3_000_000)


async def test_an_address_named_on_the_page_gets_what_a_refused_start_leaves(
    owner: Owner, charger: Charger, driver: Driver
) -> None:
    charger.refuses_starts()
    async with address_of(driver.node, driver.wallet) as address:
        await driver.pays(charger.address, 2_000)
        charger.plugs_in()
        await driver.sees(phase="ended", refund_state="offered")

        await driver.names_address(address.text)
        await driver.sees(refund_state="paid", refunded_msat=2_000_000)

    assert address.invoices == 1
    await assert_balances({driver: 0, owner: 0})
    await assert_ledger(owner, driver, paid=2_000_000, refunded=2_000_000)
    refused = await driver.gets(driver.withdraw_url)
    assert refused["status"] == "ERROR"
