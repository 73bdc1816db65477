"""One charge as patient people live through it: whatever does not answer is tried again."""

from __future__ import annotations

from tests.chaos.waiting import PATIENCE_S, patiently
from tests.journeys.chargers import Charger
from tests.journeys.drivers import Driver, Invoice

PAID_SATS = 1_000
USED_WH = 1_000
USED_SATS = 500


async def whole_journey(driver: Driver, charger: Charger) -> None:
    """Pay, charge, stop, take back what is left, drive away."""
    charger.plugs_in()
    await pays(driver, charger)
    await charges(driver, charger)
    await stops(driver)
    await takes_everything_back(driver)
    await leaves(charger)


async def pays(driver: Driver, charger: Charger, sats: int = PAID_SATS, **said: str) -> None:
    invoice = await asks_for_invoice(driver, charger, sats, **said)
    await driver.pays_invoice(invoice)


async def asks_for_invoice(
    driver: Driver, charger: Charger, sats: int = PAID_SATS, **said: str
) -> Invoice:
    """Scan until an invoice is shown."""

    async def scan() -> Invoice | None:
        return await driver.asks_for_invoice(charger.address, sats, **said)

    return await patiently(scan, "an invoice")


async def charges(driver: Driver, charger: Charger, energy_wh: int = USED_WH) -> None:
    """Until the page shows that so much has flown."""
    await charger.device.wait_for(status="Charging", transaction_known=True, timeout=PATIENCE_S)
    charger.delivers(energy_wh)

    async def shown() -> bool:
        view = await driver.view()
        return view.get("energy_wh") == energy_wh

    await patiently(shown, f"the page to show {energy_wh} Wh")


async def stops(driver: Driver) -> None:
    """Press stop until the page shows the end."""

    async def ended() -> bool:
        view = await driver.view()
        if view.get("phase") == "charging" and not view["stop_pending"]:
            await driver.stops()
        return view.get("phase") == "ended"

    await patiently(ended, "the charge to end")


async def takes_everything_back(driver: Driver) -> None:
    """Scan the refund code until the page shows that it was paid."""

    async def paid() -> bool:
        view = await driver.view()
        if view.get("refund_state") == "offered":
            await driver.node.redeem_withdraw(driver.wallet, driver.withdraw_url)
        return view.get("refund_state") == "paid"

    await patiently(paid, "the refund")


async def leaves(charger: Charger) -> None:
    """The car is gone and the charger has told so."""
    charger.unplugs()
    await charger.device.wait_for(
        status="Available", registered=True, nothing_waiting=True, timeout=PATIENCE_S
    )
