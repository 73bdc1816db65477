"""What was sold, with its VAT: what a tax return is made of."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal

from app.bookkeeping.export import as_csv
from app.bookkeeping.sales import Sales
from app.charging.pricing import Dimension, PriceComponent, TariffElement
from app.records.books import Sale
from tests.checkout.world import NOON, OWNER, Shop, reprice

TWO_RATES = TariffElement(
    (
        PriceComponent(Dimension.ENERGY, Decimal("0.50"), Decimal(19)),
        PriceComponent(Dimension.FLAT, Decimal("1.07"), Decimal(7)),
    )
)


async def test_each_item_with_its_vat_and_what_bounds_change() -> None:
    shop = await Shop().opens()
    await reprice(shop.tables, elements=(TWO_RATES,), max_price=Decimal(3))
    await shop.has_charged(6_000)
    sales = await Sales(shop.flow.sessions).of(OWNER)
    rows = list(csv.DictReader(io.StringIO(as_csv(sales, Sale))))
    told = {
        r["type"]: (r["quantity"], r["vat_percent"], r["net"], r["vat"], r["gross"]) for r in rows
    }
    assert told == {
        "ENERGY": ("6000", "19", "2.521008", "0.478992", "3.000000"),
        "FLAT": ("1", "7", "1.000000", "0.070000", "1.070000"),
        "BOUND": ("", "", "-0.521008", "-0.548992", "-1.070000"),
    }
    assert sum(Decimal(row["gross"]) for row in rows) == 3


async def test_what_has_not_ended_or_ended_elsewhen_is_not_sold() -> None:
    shop = await Shop().opens()
    sales = Sales(shop.flow.sessions)
    await shop.pays()
    assert await sales.of(OWNER) == []
    shop = await Shop().opens()
    await shop.has_charged(6_000)
    sales = Sales(shop.flow.sessions)
    assert len(await sales.of(OWNER, since=NOON)) == 1
    assert await sales.of(OWNER, until=NOON) == []
    assert await sales.of(OWNER, since=NOON + timedelta(days=1)) == []
