"""A meter that now and then shows a counter at its end, and always where a charge ends."""

from dataclasses import replace
from pathlib import Path

from app.entrypoints.price import price_receipt
from tests.journeys.chargers import BY_HAND
from tests.journeys.checks import assert_balances, assert_ledger, assert_refund_offered
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner

WRONG = replace(BY_HAND, misbehaves=frozenset({"wrong-register"}))
"""Wrong at every third watt-hour of its register, which begins at 1000."""


async def test_a_register_that_cannot_be_right_takes_nobodys_money(
    owner: Owner, driver: Driver, tmp_path: Path
) -> None:
    async with await owner.adds_charger(settings=WRONG) as charger:
        await driver.pays(charger.address, 5_000)
        charger.plugs_in()
        await charger.charges()
        charger.delivers(1_000)
        await driver.sees(phase="charging", energy_wh=1_000)
        charger.delivers(1_000)  # at 3000: the register shows 4294967295
        charger.delivers(1_000)
        await driver.sees(phase="charging", energy_wh=3_000, cost_msat=1_500_000)

        await driver.stops()
        await charger.has_stopped()

    await assert_refund_offered(driver, sats=3_500)
    await driver.takes_refund()
    await assert_balances({driver: -1_500, owner: 1_500})
    await assert_ledger(owner, driver, paid=5_000_000, charged=1_500_000, refunded=3_500_000)
    answer = await driver.browser.get(f"{driver.page}/receipt.json")
    path = tmp_path / "receipt.json"
    path.write_bytes(answer.content)
    text, agrees = price_receipt(path)
    assert agrees, text
    doubted = [reading.get("doubted_wh") for reading in answer.json()["readings"]]
    assert doubted[-1] == 2**32 - 1
    page = await driver.browser.get(f"{driver.page}/receipt", headers={"accept": "text/html"})
    assert "not believed: 4" in page.text
    assert "Registers not believed" in page.text
