"""A tariff by signal: what the roof has left says what a kWh costs and how fast a car charges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.simulator import SimulatorSettings
from tests.journeys.chargers import BY_HAND, Charger
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner
from tests.journeys.signal_source import Roof, roof
from tests.journeys.waiting import until

SETTINGS = {"SIGNAL_INTERVAL_S": "0.5", "QUIET_READINGS_S": "600"}
"""Nobody watches live: who has no signal is heard of every ten minutes."""
FLOWS = replace(BY_HAND, speed=1)
"""Energy flows by the clock, and the charge point says how much."""
FULL_W, BY_6_A, BY_10_A = 11_000, 4_140, 6_900
"""What the charge point has; 6 A and 10 A on three phases of 230 V."""
USUAL, IN_THE_SUN, IN_THE_SHADE = "0.6", "0.2", "0.4"
STEPS = [
    {"at_least": "0", "price": IN_THE_SHADE, "limit_a": 6},
    {"at_least": "3000", "price": IN_THE_SHADE, "limit_a": 10},
    {"at_least": "8000", "price": IN_THE_SUN},
]


async def adds_charger(
    owner: Owner, told: Roof, ocpp: str, settings: SimulatorSettings = FLOWS
) -> Charger:
    """A charge point whose price and current follow the roof."""
    found = {"price": "site.surplus_w"}
    asked = {"kind": "signal", "time_zone": "UTC", "url": told.url, "paths": found}
    source = await owner.post("/price-sources", name="Roof", settings=asked)
    await owner.asks_for(
        name="By the roof",
        price_per_kwh=USUAL,
        signal={"source_id": source["id"], "steps": STEPS},
    )
    return await owner.adds_charger(settings=replace(settings, ocpp=ocpp))


async def begins(driver: Driver, charger: Charger) -> None:
    await driver.pays(charger.address, 5_000)
    charger.plugs_in()
    await charger.charges()


async def ends(driver: Driver, charger: Charger) -> None:
    await driver.stops()
    await driver.sees(phase="ended")
    charger.unplugs()
    await charger.is_free()


async def charges_with(driver: Driver, charger: Charger, power_w: int) -> None:
    """The car takes so much, by the charge point's own readings and on the driver's page."""

    async def looks() -> tuple[int, int | None]:
        view = await driver.view()
        plug = charger.device.station.connectors[1]
        return charger.device.station.metering.reading(plug).power_w, view.get("power_w")

    await until(looks, lambda seen: seen == (power_w, power_w), f"{power_w} W", patience_s=10)


async def price_of(driver: Driver, charger: Charger) -> str:
    """What a kWh costs whoever comes now."""
    name = charger.address.partition("@")[0]
    answer = await driver.browser.get(f"{driver.strom.url}/c/{name}/price.json")
    return str(answer.json()["price"]["per_kwh"])


async def paid_for(driver: Driver) -> set[float]:
    """What the receipt says a kWh has cost."""
    receipt = (await driver.browser.get(f"{driver.page}/receipt.json")).json()
    return {float(line["price"]) for line in receipt["lines"]}


def profiles(charger: Charger) -> list[Any]:
    """The limits that the charge point holds."""
    return [profile for _, profile in charger.device.station.limits.all()]


def told(charger: Charger, action: str) -> int:
    return charger.device.journal.count("received", action)


@pytest.mark.parametrize("ocpp", ["1.6", "2.0.1"])
async def test_the_car_charges_as_fast_as_the_roof_allows(
    owner: Owner, driver: Driver, ocpp: str
) -> None:
    with roof(9_000) as sun:
        async with await adds_charger(owner, sun, ocpp) as charger:
            assert await price_of(driver, charger) == IN_THE_SUN
            await begins(driver, charger)
            await charges_with(driver, charger, FULL_W)
            assert told(charger, "SetChargingProfile") == 0

            sun.surplus_w = 500
            await charges_with(driver, charger, BY_6_A)
            (limit,) = profiles(charger)
            assert (limit.purpose, limit.unit) == ("TxProfile", "A")
            sun.surplus_w = 4_000
            await charges_with(driver, charger, BY_10_A)
            assert len(profiles(charger)) == 1
            sun.surplus_w = 9_000
            await charges_with(driver, charger, FULL_W)
            assert profiles(charger) == []
            assert told(charger, "SetChargingProfile") == 2
            assert told(charger, "ClearChargingProfile") == 1

            sun.surplus_w = 500
            await charges_with(driver, charger, BY_6_A)
            sun.surplus_w = None
            await charges_with(driver, charger, FULL_W)
            await ends(driver, charger)


@pytest.mark.parametrize("ocpp", ["1.6", "2.0.1"])
async def test_a_limit_that_was_lost_in_a_boot_is_told_again(
    owner: Owner, driver: Driver, ocpp: str
) -> None:
    boots = replace(FLOWS, boots_on_reconnect=True)
    with roof(500) as sun:
        async with await adds_charger(owner, sun, ocpp, boots) as charger:
            await begins(driver, charger)
            await charges_with(driver, charger, BY_6_A)
            charger.loses_its_network()
            charger.forgets_its_limits()
            charger.comes_back()
            await until(_told(charger), lambda times: times == 2, "the limit to be told again")
            await charges_with(driver, charger, BY_6_A)
            sun.surplus_w = 9_000
            await charges_with(driver, charger, FULL_W)
            assert profiles(charger) == []
            await ends(driver, charger)


@pytest.mark.parametrize("ocpp", ["1.6", "2.0.1"])
async def test_the_next_driver_is_not_limited_by_the_last_ones_limit(
    owner: Owner, arrives: Any, ocpp: str
) -> None:
    first, second = await arrives(), await arrives()
    with roof(500) as sun:
        async with await adds_charger(owner, sun, ocpp) as charger:
            assert await price_of(first, charger) == IN_THE_SHADE
            await begins(first, charger)
            await charges_with(first, charger, BY_6_A)
            await ends(first, charger)
            assert profiles(charger) == []
            assert await paid_for(first) == {float(IN_THE_SHADE)}

            sun.surplus_w = None
            await until(
                lambda: price_of(first, charger), lambda price: price == USUAL, "the usual price"
            )
            await begins(second, charger)
            await charges_with(second, charger, FULL_W)
            asked = sun.asked
            await until(_asked(sun), lambda times: times > asked + 2, "it to be asked again")
            await charges_with(second, charger, FULL_W)
            assert told(charger, "SetChargingProfile") == 1
            await ends(second, charger)
            assert await paid_for(second) == {float(USUAL)}


def _told(charger: Charger) -> Any:
    async def times() -> int:
        return told(charger, "SetChargingProfile")

    return times


def _asked(sun: Roof) -> Any:
    async def times() -> int:
        return sun.asked

    return times
