"""Receipts: they say all of a charge, and can be reckoned again to the msat."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from app.charging.errors import BadInput, Conflict, NotFound
from app.charging.events import ChargingStopped, MeterRead
from app.charging.money import SATS
from app.charging.pricing import Dimension, PriceComponent, Restrictions, TariffElement
from app.checkout.receipts import Receipt, Receipts, decode, encode, price_again
from app.entrypoints.price import price_receipt
from app.portal.receipts.shown import shown_receipt
from tests.checkout.world import NOON, OWNER, Shop, reprice


def part(dimension: str, price: str, vat: str | None = None, step: int = 1) -> PriceComponent:
    percent = None if vat is None else Decimal(vat)
    return PriceComponent(Dimension(dimension), Decimal(price), percent, step)


HOUR = timedelta(hours=1)
PLAIN = (TariffElement((part("ENERGY", "0.50", "19"), part("FLAT", "0.50", "19"))),)
SLOTS = tuple(
    TariffElement(
        (part("ENERGY", price, "19"),),
        Restrictions(begins=NOON + n * HOUR, ends=NOON + (n + 1) * HOUR),
    )
    for n, price in enumerate(("0.30", "0.10", "0.20"))
)
TIMED = (TariffElement((part("TIME", "3.00", "19", 60), part("PARKING_TIME", "12", "7", 300))),)
STEPS = (TariffElement((part("ENERGY", "0.3333", "19", 500),)),)


async def charged(shop: Shop, *readings: tuple[int, int], stop: tuple[int, int]) -> Receipt:
    """Paid 10,000 sats; readings as minutes since the start and Wh."""
    issued = await shop.pays()
    await shop.starts(issued.session_id)
    begun = shop.clock.at
    for minutes, energy_wh in readings:
        shop.clock.at = begun + timedelta(minutes=minutes)
        told = MeterRead(shop.clock.at, 77, 1000 + energy_wh, 7_000, 50)
        await shop.flow.record(OWNER, issued.session_id, [told])
    shop.clock.at = begun + timedelta(minutes=stop[0])
    over = ChargingStopped(shop.clock.at, 77, 1000 + stop[1], "EVDisconnected")
    await shop.flow.record(OWNER, issued.session_id, [over])
    return await Receipts(shop.tables, "strom.example").of(OWNER, issued.session_id)


@pytest.mark.parametrize(
    ("changes", "expected_msat"),
    [
        ({"elements": PLAIN}, 4_500_000),  # 8 kWh × 0.50 + 0.50
        # from 12:30: 1.5 kWh × 0.30 until 13:00, then 6.5 × 0.10
        ({"elements": SLOTS}, 1_100_000),
        ({"elements": TIMED}, 4_500_000),  # 90 min × 0.05
        ({"elements": STEPS}, 2_666_400),
        ({"elements": PLAIN, "min_price": Decimal(6)}, 6_000_000),
        ({"elements": PLAIN, "max_price": Decimal(3)}, 3_000_000),
        ({"elements": PLAIN, "tax_included": False, "vat": Decimal(19)}, 5_355_000),
        ({"elements": (TariffElement((part("ENERGY", "450"),)),), "currency": SATS}, 3_600_000),
    ],
)
async def test_a_receipt_is_reckoned_again_to_the_msat(
    shop: Shop, tmp_path: Path, changes: dict[str, object], expected_msat: int
) -> None:
    await reprice(shop.tables, **changes)
    shop.clock.at = NOON + timedelta(minutes=30)
    receipt = await charged(shop, (40, 2_000), (70, 6_000), stop=(90, 8_000))
    assert receipt.charged_msat == expected_msat
    again = price_again(decode(encode(receipt)))
    assert again.agrees
    assert again.charged_msat == expected_msat
    path = tmp_path / "receipt.json"
    path.write_bytes(encode(receipt))
    text, agrees = price_receipt(path)
    assert agrees
    assert text.endswith("the same to the msat")
    assert receipt.total.incl_vat == sum(line.amount.incl_vat for line in receipt.lines) + (
        receipt.bound.incl_vat
    )


async def test_a_receipt_says_who_where_when_and_what_was_paid(shop: Shop) -> None:
    receipt = await charged(shop, (10, 2_000), stop=(20, 4_000))
    assert receipt.seller.name == "Ada's garage"
    assert receipt.place.address == "Lindenstr. 1, 10969 Berlin"
    assert receipt.place.lightning_address == "garage-1@strom.example"
    assert (receipt.meter_start_wh, receipt.meter_end_wh, receipt.energy_wh) == (1000, 5000, 4000)
    assert [(r.meter_wh, r.power_w) for r in receipt.readings] == [
        (1000, None),
        (3000, 7000),
        (5000, None),
    ]
    (payment,) = receipt.payments
    assert payment.amount_msat == 10_000_000
    assert len(payment.payment_hash) == 64
    assert [(r.state, r.amount_msat) for r in receipt.refunds] == [("offered", 8_000_000)]
    books = receipt.books
    assert books.paid_msat + books.absorbed_msat == (
        books.charged_msat + books.refundable_msat + books.residue_msat
    )
    assert (receipt.rate.source, receipt.rate.msat_per_unit) == ("test", Decimal(1_000_000))


async def test_a_receipt_shows_what_was_not_believed_and_where_a_new_meter_goes_on(
    shop: Shop, tmp_path: Path
) -> None:
    shown = ((10, 2_000), (20, 2**32 - 1001), (30, 500_000), (40, 502_000))
    receipt = await charged(shop, *shown, stop=(50, 2**32 - 1001))
    assert (receipt.energy_wh, receipt.charged_msat) == (4_000, 2_000_000)
    assert [(r.meter_wh, r.doubted_wh, r.from_wh) for r in receipt.readings] == [
        (1_000, None, None),
        (3_000, None, None),
        (None, 2**32 - 1, None),
        (None, 501_000, None),
        (503_000, None, 501_000),
        (503_000, 2**32 - 1, None),
    ]
    path = tmp_path / "receipt.json"
    path.write_bytes(encode(receipt))
    assert price_receipt(path)[1]
    for language, words in (("en", "not believed: 501.000"), ("de", "nicht geglaubt: 501,000")):
        page = shown_receipt(receipt, language)
        assert words in page.readings[4][1]
        assert "501" in page.readings[5][1].partition("; ")[0]
        assert page.doubts.startswith("3: ")
        assert page.doubts in dict(page.facts).values()


async def test_a_receipt_that_was_changed_shows_by_how_much(shop: Shop, tmp_path: Path) -> None:
    receipt = await charged(shop, stop=(20, 4_000))
    forged = msgspec.structs.replace(receipt, charged_msat=receipt.charged_msat + 1)
    path = tmp_path / "receipt.json"
    path.write_bytes(encode(forged))
    text, agrees = price_receipt(path)
    assert not agrees
    assert text.endswith("DIFFERS  the receipt says 2000001 msat: -1 msat")


async def test_before_the_end_there_is_no_receipt(shop: Shop) -> None:
    issued = await shop.pays()
    receipts = Receipts(shop.tables, "strom.example")
    with pytest.raises(Conflict, match="ready when"):
        await receipts.of(OWNER, issued.session_id)
    with pytest.raises(NotFound):
        await receipts.of(OWNER, "nothing")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "other/1"}'])
def test_what_is_no_receipt_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        decode(text)


async def test_other_rules_are_not_guessed_at(shop: Shop) -> None:
    receipt = await charged(shop, stop=(20, 4_000))
    with pytest.raises(BadInput, match="strom-pricing/1 or strom-pricing/2"):
        price_again(msgspec.structs.replace(receipt, rules="strom-pricing/3"))
    assert price_again(msgspec.structs.replace(receipt, rules="strom-pricing/1")).agrees
    raw = json.loads(encode(receipt))
    assert replace(price_again(decode(json.dumps(raw)))).agrees
