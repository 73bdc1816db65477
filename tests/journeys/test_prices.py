"""Prices that change under way: shown before, locked at the payment, reckoned again after."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.entrypoints.price import price_receipt
from tests.journeys.chargers import BY_HAND, Charger
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner
from tests.journeys.price_source import two_hours

MSAT_PER_EUR = 1_000_000
AHEAD = timedelta(seconds=12)


async def adds_charger(owner: Owner, tariff: dict[str, Any]) -> Charger:
    """A charge point with a price of its own."""
    priced = await owner.post("/tariffs", name="Of its own", currency="EUR", **tariff)
    owner.tariff_id = priced["id"]
    return await owner.adds_charger(settings=BY_HAND)


async def receipt_of(driver: Driver, tmp_path: Path) -> dict[str, Any]:
    """What the page gives to save, and what ``strom price`` says of it."""
    answer = await driver.browser.get(f"{driver.page}/receipt.json")
    assert answer.is_success, answer.text
    path = tmp_path / "receipt.json"
    path.write_bytes(answer.content)
    text, agrees = price_receipt(path)
    assert agrees, text
    assert text.endswith("the same to the msat")
    return dict(answer.json())


def by_hand(receipt: dict[str, Any], boundary: datetime, before: str, after: str) -> int:
    """Between two readings energy flows evenly; each side of the boundary at its own price."""
    told = [(datetime.fromisoformat(r["at"]), r["meter_wh"]) for r in receipt["readings"]]
    cost = Fraction(0)
    for (begins, from_wh), (ends, to_wh) in pairwise(told):
        share = Fraction(1) if ends <= boundary else Fraction(0)
        if begins < boundary < ends:
            us = timedelta(microseconds=1)
            share = Fraction((boundary - begins) // us, (ends - begins) // us)
        early_uwh = (to_wh - from_wh) * 10**6 * share // 1
        late_uwh = (to_wh - from_wh) * 10**6 - early_uwh
        cost += early_uwh * Fraction(before) + late_uwh * Fraction(after)
    return int(cost / 10**9 * MSAT_PER_EUR)


@pytest.mark.on_aws
async def test_a_charge_crosses_from_one_hours_price_into_the_next(
    owner: Owner, driver: Driver, tmp_path: Path
) -> None:
    boundary = datetime.now(UTC).replace(microsecond=0) + AHEAD
    with two_hours(boundary, "0.40", "0.10") as url:
        paths = {"slots": "@", "time": "from", "end": "to", "price": "price"}
        settings = {"kind": "json", "time_zone": "UTC", "currency": "EUR", "url": url}
        source = await owner.post(
            "/price-sources",
            name="Contract",
            settings={**settings, "paths": paths, "with_vat": True},
        )
        spot = {"source_id": source["id"], "fallback": "5"}
        async with await adds_charger(owner, {"spot": spot, "vat": "19"}) as charger:
            station = f"{driver.strom.url}/c/{charger.address.partition('@')[0]}"
            feed = (await driver.browser.get(f"{station}/price.json")).json()
            assert feed["price"]["per_kwh"] == "0.4"
            assert [step["per_kwh"] for step in feed["curve"]][:2] == ["0.4", "0.1"]
            assert "<svg" in (await driver.browser.get(station, headers=HTML)).text

            await driver.pays(charger.address, 5_000)
            charger.plugs_in()
            await charger.charges()
            charger.delivers(2_000)
            await driver.sees(energy_wh=2_000)
            late_s = (boundary - datetime.now(UTC)).total_seconds() + 1
            await asyncio.sleep(max(0, late_s))
            charger.delivers(4_000)
            await driver.sees(energy_wh=6_000)
            await driver.stops()
            charger.unplugs()
            await driver.sees(phase="ended")
    receipt = await receipt_of(driver, tmp_path)
    expected_msat = by_hand(receipt, boundary, "0.40", "0.10")
    assert receipt["charged_msat"] == expected_msat
    assert 1_200_000 <= expected_msat <= 2_400_000  # between all late and all early, roughly
    assert [float(line["price"]) for line in receipt["lines"]] == [0.4, 0.1]
    assert sum(float(line["quantity"]) for line in receipt["lines"]) == 6_000


async def test_time_steps_and_a_least_price_are_reckoned_again_too(
    owner: Owner, driver: Driver, tmp_path: Path
) -> None:
    components = [
        {"type": "ENERGY", "price": "0.30", "step_size": 500, "vat": "19"},
        {"type": "TIME", "price": "3.60", "step_size": 60, "vat": "7"},
        {"type": "FLAT", "price": "0.25", "vat": "19"},
    ]
    tariff = {"elements": [{"price_components": components}], "min_price": "1.00", "vat": "19"}
    async with await adds_charger(owner, tariff) as charger:
        await driver.pays(charger.address, 5_000)
        charger.plugs_in()
        await charger.charges()
        charger.delivers(1_200)
        await driver.sees(energy_wh=1_200)
        await driver.stops()
        charger.unplugs()
        await driver.sees(phase="ended")
    receipt = await receipt_of(driver, tmp_path)
    # 1.5 kWh × 0.30 by steps of half a kWh, a minute × 0.06 by steps of a minute, the fee: 0.76
    assert receipt["charged_msat"] == MSAT_PER_EUR
    assert receipt["total"]["incl_vat"] == "1.000000"
    pdf = await driver.browser.get(f"{driver.page}/receipt.pdf")
    assert pdf.content.startswith(b"%PDF-")
    page = await driver.browser.get(f"{driver.page}/receipt", headers=HTML)
    assert "Up to the least price" in page.text
    assert json.loads(json.dumps(receipt))["books"]["charged_msat"] == MSAT_PER_EUR


HTML = {"accept": "text/html", "accept-language": "en"}
