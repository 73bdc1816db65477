"""What a wallet and a session's page are told of a price that is not the same all day."""

from __future__ import annotations

import contextlib
import json
from datetime import time, timedelta
from decimal import Decimal

from app.charging.errors import Unavailable
from app.charging.events import ChargingStopped, MeterRead
from app.charging.pricing import Dimension, PriceComponent, Restrictions, TariffElement
from app.checkout.texts import LONGEST
from tests.checkout.world import NOON, OWNER, FakeWallet, Shop, reprice


def part(dimension: str, price: str) -> PriceComponent:
    return PriceComponent(Dimension(dimension), Decimal(price))


# in Berlin it is 14:00 at noon UTC
DAY_AND_NIGHT = (
    TariffElement((part("ENERGY", "0.25"),), Restrictions(start_time=time(14, 5))),
    TariffElement((part("ENERGY", "0.50"), part("FLAT", "1.00"))),
    TariffElement((part("PARKING_TIME", "6.00"),)),
)
"""Until five past two half a euro, then a quarter."""


async def test_a_wallet_is_told_what_holds_now_and_what_else_there_is(shop: Shop) -> None:
    await reprice(shop.tables, elements=DAY_AND_NIGHT)
    quote = await shop.checkout.quote(await shop.offer())
    told = dict(json.loads(quote.metadata))
    assert told["text/plain"] == (
        "Charging at Garage left: 0.50 EUR/kWh now, 0.25–0.50 by time of day + "
        "1 EUR per charge + more on the page (1 EUR = 1000 sats)"
    )
    assert len(told["text/plain"]) <= LONGEST
    for line in ("0.25 EUR/kWh, 14:05–24:00", "1 EUR per charge", "0.10 EUR/min after 5 min"):
        assert line in told["text/long-desc"]


async def test_what_is_hashed_is_what_was_told_though_another_price_holds_by_then(
    shop: Shop,
) -> None:
    await reprice(shop.tables, elements=DAY_AND_NIGHT)
    quote = await shop.checkout.quote(await shop.offer())
    shop.clock.at = NOON + timedelta(minutes=6)
    shop.wallets.wallet = wallet = FakeWallet()
    with contextlib.suppress(Unavailable):
        await shop.checkout.invoice(quote.token, 10_000_000)
    assert wallet.invoices[0].described == quote.metadata


async def test_the_time_left_is_that_of_the_forecast_over_a_change_of_the_price(
    shop: Shop,
) -> None:
    await reprice(shop.tables, elements=DAY_AND_NIGHT)
    issued = await shop.pays(2_000_000)  # a euro of which is the fee
    await shop.starts(issued.session_id)
    view = await shop.checkout.session(issued.session_token)
    # at 11 kW five minutes take 11/12 kWh × 0.50; the rest of the euro is 0.541666 / 0.25 kWh more
    assert view.remaining_wh == 3_083
    assert view.until == NOON + timedelta(seconds=3_083 * 3600 // 11_000)
    assert view.time_left_s == 3_083 * 3600 // 11_000


async def test_a_car_that_stands_is_told_until_when_too(shop: Shop) -> None:
    await reprice(shop.tables, elements=DAY_AND_NIGHT)
    issued = await shop.pays(2_000_000)
    await shop.starts(issued.session_id)
    shop.clock.at += timedelta(minutes=2)
    read = MeterRead(shop.clock.now(), 77, 1_400, 0, 90)
    await shop.flow.record(OWNER, issued.session_id, [read])
    view = await shop.checkout.session(issued.session_token)
    # 0.80 EUR are left; 8 min at 0.10, once it has stood for 5
    assert view.until == NOON + timedelta(minutes=2 + 5 + 8)
    assert view.time_left_s == 13 * 60
    stopped = ChargingStopped(shop.clock.now(), 77, 1_400, "Local")
    await shop.flow.record(OWNER, issued.session_id, [stopped])
    standing = await shop.checkout.session(issued.session_token)
    assert (standing.phase, standing.until) == ("finishing", view.until)
