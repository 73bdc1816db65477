"""``/c/{name}/price.json``: for programs, as its schema says."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from app.charging.money import SATS
from app.charging.pricing import Tariff, plain_elements
from app.records.tariff_json import tariff_from
from tests.portal.driver import samples
from tests.portal.driver.samples import NOW
from tests.portal.driver.world import DriverWorld

SCHEMA = Path(__file__).parents[3] / "docs/schemas/price.schema.json"
FEED = "/c/garage-1/price.json"


async def told(browser: httpx.AsyncClient) -> dict[str, Any]:
    answer = await browser.get(FEED)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    jsonschema_rs.validate(json.loads(SCHEMA.read_text()), found)
    return found


async def test_a_plain_price_in_currency_and_msat(browser: httpx.AsyncClient) -> None:
    found = await told(browser)
    price = found["price"]
    assert (price["per_kwh"], price["currency"]) == ("0.45", "EUR")
    assert price["per_kwh_msat"] == 477_656  # 0.45 × 1061457.881, rounded down
    assert price["holds_until"] is None
    assert price["text"] == "0.45 EUR/kWh + 0.50 EUR per charge (1 EUR = 1061.46 sats)"
    assert found["rate"]["source"] == "Kraken"
    assert [each["type"] for each in found["components_now"]] == ["ENERGY", "FLAT"]
    assert found["charge_point"]["max_power_w"] == 11_000


async def test_a_curve_as_far_as_it_is_known(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    world.checkout.offer = samples.offer(tariff=samples.slots("0.32", "0.25", "0.48"))
    found = await told(browser)
    assert found["curve"] == [
        {"begins": "2026-05-30T12:00:00Z", "ends": "2026-05-30T12:30:00Z", "per_kwh": "0.32"},
        {"begins": "2026-05-30T12:30:00Z", "ends": "2026-05-30T13:30:00Z", "per_kwh": "0.25"},
        {"begins": "2026-05-30T13:30:00Z", "ends": "2026-05-30T14:30:00Z", "per_kwh": "0.48"},
    ]
    assert found["price"]["holds_until"] == "2026-05-30T12:30:00Z"
    assert found["price"]["vat_percent"] == "19"
    assert found["curve_known_until"] == "2026-05-30T14:30:00Z"
    assert tariff_from(found["tariff"]) == world.checkout.offer.tariff
    world.clock.at = NOW + timedelta(hours=9)  # the curve is over: what is not priced is free
    assert (await told(browser))["price"]["per_kwh"] == "0"


@pytest.mark.parametrize("code", ["in_use", "offline", "not_ready"])
async def test_it_is_told_also_where_nothing_can_be_paid(
    world: DriverWorld, browser: httpx.AsyncClient, code: Any
) -> None:
    world.checkout.offer = samples.offer(code, "Not now.")
    found = await told(browser)
    assert (found["status"], found["can_be_paid"]) == (code, False)
    if code == "not_ready":
        assert (found["rate"], found["price"]["per_kwh_msat"]) == (None, None)


async def test_prices_in_sats(world: DriverWorld, browser: httpx.AsyncClient) -> None:
    tariff = Tariff("t2", 1, "Sats", SATS, plain_elements(Decimal(450)), NOW)
    world.checkout.offer = samples.offer(tariff=tariff)
    price = (await told(browser))["price"]
    assert (price["is_in_sats"], price["per_kwh"]) == (True, "450")


async def test_any_page_may_read_it_and_caches_keep_it_briefly(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    headers = (await browser.get(FEED)).headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cache-control"] == "public, max-age=30"
    assert (
        'href="/c/garage-1/price.json"'
        in (await browser.get("/c/garage-1", headers={"accept": "text/html"})).text
    )
    missing = await browser.get("/c/nowhere/price.json", headers={"accept": "application/json"})
    assert missing.status_code == 404
    assert not world.checkout.called("quote")[1:]  # the feed itself signs nothing
