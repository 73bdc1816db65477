"""``/s/{token}/receipt``: to read, to keep, to reckon again."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import httpx
import jsonschema_rs
import pytest

from app.charging.pricing import Price
from app.checkout.receipts import decode, price_again
from app.portal.receipts.pdf import receipt_pdf
from app.portal.receipts.shown import shown_receipt
from tests.portal.driver import samples
from tests.portal.driver.samples import TOKEN
from tests.portal.driver.visible import visible_text
from tests.portal.driver.world import DriverWorld

PAGE = f"/s/{TOKEN}/receipt"
SCHEMA = Path(__file__).parents[3] / "docs/schemas/receipt.schema.json"


async def test_the_page_says_everything(world: DriverWorld, browser: httpx.AsyncClient) -> None:
    world.facts.made = samples.receipt(3)
    text = visible_text((await browser.get(PAGE)).text)
    for said in (
        "Solarhof Brunner, hilfe@solarhof.example, +49 89 1234567",
        "Garage Süd, Lindenweg 12, 80331 München",
        "Wallbox left, connector 1 (garage-1@strom.example)",
        "Register 120.000 kWh – 131.000 kWh",
        # 5.5 kWh × 0.32 until half past two, then 5.5 × 0.25
        "Energy, 14:00:00–14:30:00 5.500 kWh × €0.32/kWh €1.76",
        "Energy, 14:30:00–15:00:00 5.500 kWh × €0.25/kWh €1.375",
        "19 % €2.6345 €0.5005 €3.135",
        "Total €3.135",
        "€1.00 = 1,061.457 sats, Kraken, 30 May 2026, 13:58:00",
        "Cost 3,327.670 sats",
        "Paid 10,084 sats",
        "ab" * 32,
        "3 readings",
        samples.SESSION_ID,
    ):
        assert said in text


async def test_in_german(world: DriverWorld, browser: httpx.AsyncClient) -> None:
    world.facts.made = samples.receipt(sandbox=True)
    text = visible_text((await browser.get(PAGE, params={"lang": "de"})).text)
    for said in ("Beleg", "Verkäufer", "Zählerstand 120,000 kWh", "0,32 €/kWh", "Netto", "Sandbox"):
        assert said in text


async def test_the_least_price_is_a_line(world: DriverWorld, browser: httpx.AsyncClient) -> None:
    least = Price(incl_vat=Decimal(2))
    cheap = replace(samples.slots("0.01", "0.01"), min_price=least)
    world.facts.made = samples.receipt(tariff=cheap)
    text = visible_text((await browser.get(PAGE)).text)
    assert "Up to the least price €1.89" in text
    assert "Total €2.00" in text


async def test_for_programs_as_the_schema_says(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    world.facts.made = samples.receipt()
    answer = await browser.get(f"{PAGE}.json")
    jsonschema_rs.validate(json.loads(SCHEMA.read_text()), answer.json())
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="receipt-{samples.SESSION_ID}.json"'
    )
    assert price_again(decode(answer.content)).agrees


async def test_as_a_file_to_keep(world: DriverWorld, browser: httpx.AsyncClient) -> None:
    world.facts.made = samples.receipt(600)
    answer = await browser.get(f"{PAGE}.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert len(answer.content) < 200_000
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_same_receipt_is_the_same_file(language: str) -> None:
    shown = shown_receipt(samples.receipt(), language)
    assert receipt_pdf(shown, language) == receipt_pdf(shown, language)


async def test_before_the_end_there_is_none(browser: httpx.AsyncClient) -> None:
    answer = await browser.get(PAGE)
    assert answer.status_code == 409
    assert "ready when the charge has ended" in answer.text
    assert (await browser.get("/s/wrong/receipt.pdf")).status_code == 404


async def test_an_ended_charge_leads_to_it(world: DriverWorld, browser: httpx.AsyncClient) -> None:
    world.show(samples.ended())
    assert f'href="{PAGE}"' in (await browser.get(f"/s/{TOKEN}")).text
