"""Prices in words: the price per kWh first, everything else after it, and never more than fits."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.charging.money import SATS, Rate
from app.charging.pricing import (
    DayOfWeek,
    Dimension,
    Price,
    PriceComponent,
    Restrictions,
    Tariff,
    TariffElement,
    plain_elements,
)
from app.checkout.texts import component_text, price_text

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RATE = Rate("EUR", Decimal(1_050_000), "Kraken", NOON)


def part(dimension: Dimension, price: str, vat: str | None = None) -> PriceComponent:
    return PriceComponent(dimension, Decimal(price), None if vat is None else Decimal(vat))


def energy(price: str, vat: str | None = None, **limits: Any) -> TariffElement:
    return TariffElement((part(Dimension.ENERGY, price, vat),), Restrictions(**limits))


def tariff(*elements: TariffElement, currency: str = "EUR", **more: Any) -> Tariff:
    return Tariff("t", 1, "T", currency, elements, NOON, "Europe/Berlin", **more)


DAY_AND_NIGHT = tariff(energy("0.25", start_time=time(22), end_time=time(6)), energy("0.48"))
EVERYTHING = tariff(
    energy("0.25", start_time=time(22), end_time=time(6)),
    TariffElement(
        (
            part(Dimension.ENERGY, "0.48"),
            part(Dimension.TIME, "3"),
            part(Dimension.PARKING_TIME, "6"),
            part(Dimension.FLAT, "1"),
        )
    ),
    min_price=Price(incl_vat=Decimal(2)),
    max_price=Price(incl_vat=Decimal(60)),
    grace_s=600,
)


def slots(*prices: str, begins: datetime = NOON) -> Tariff:
    """An hourly curve."""
    hour = timedelta(hours=1)
    each = enumerate(prices)
    return tariff(
        *(energy(p, begins=begins + n * hour, ends=begins + (n + 1) * hour) for n, p in each)
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            tariff(*plain_elements(Decimal("0.50"), Decimal(1))),
            "0.50 EUR/kWh + 1 EUR per charge (1 EUR = 1050 sats)",
        ),
        (DAY_AND_NIGHT, "0.48 EUR/kWh now, 0.25–0.48 by time of day (1 EUR = 1050 sats)"),
        (
            EVERYTHING,
            "0.48 EUR/kWh now, 0.25–0.48 by time of day + 0.05 EUR/min of charging + "
            "0.10 EUR/min after 10 min without charging + 1 EUR per charge + at least 2 EUR + "
            "at most 60 EUR (1 EUR = 1050 sats)",
        ),
        (
            slots("0.32", "0.25", "0.48"),
            "0.32 EUR/kWh now, 0.25–0.48 by market price (1 EUR = 1050 sats)",
        ),
        (tariff(energy("450"), currency=SATS), "450 sats/kWh"),
        (tariff(energy("0.50", "19"), tax_included=False), "0.595 EUR/kWh (1 EUR = 1050 sats)"),
        (
            tariff(TariffElement((part(Dimension.TIME, "2.5"),))),
            "0 EUR/kWh + 2.50 EUR/h of charging (1 EUR = 1050 sats)",
        ),
        (
            tariff(energy("0.30", start_time=time(8), end_time=time(10))),
            "0 EUR/kWh now, 0.30 by time of day (1 EUR = 1050 sats)",
        ),
    ],
)
def test_the_price_per_kwh_comes_first_and_nothing_is_left_out(told: Tariff, expected: str) -> None:
    assert price_text(told, RATE, NOON) == expected


def test_without_a_moment_nothing_is_now() -> None:
    assert price_text(DAY_AND_NIGHT, None) == "0.25–0.48 EUR/kWh by time of day"


def test_in_german_with_german_numbers() -> None:
    text = price_text(EVERYTHING, None, NOON, language="de")
    assert text == (
        "0,48 EUR/kWh jetzt, 0,25–0,48 je nach Tageszeit + 0,05 EUR/min Laden + "
        "0,10 EUR/min nach 10 min ohne Laden + 1 EUR pro Ladevorgang + mindestens 2 EUR + "
        "höchstens 60 EUR"
    )


@pytest.mark.parametrize("longest", range(60, 180, 5))
def test_what_is_shortened_says_that_there_is_more(longest: int) -> None:
    whole = price_text(EVERYTHING, RATE, NOON)
    text = price_text(EVERYTHING, RATE, NOON, longest=longest)
    assert len(text) <= longest
    assert text.startswith("0.48 EUR/kWh now")
    assert text == whole or "more on the page" in text or text.endswith("…")


def test_every_component_is_listed_with_when_it_holds() -> None:
    weekend = (DayOfWeek.SATURDAY, DayOfWeek.SUNDAY)
    told = tariff(
        energy("0.20", day_of_week=weekend, start_date=date(2026, 4, 1)),
        energy("0.30", min_kwh=Decimal(20), max_power=Decimal("11.5")),
        energy("0.40", min_duration=3600),
        energy("0.50"),
    )
    assert component_text(told) == (
        "0.20 EUR/kWh, Sat, Sun, from 2026-04-01; 0.30 EUR/kWh, from 20 kWh, below 11.5 kW; "
        "0.40 EUR/kWh, from 60 min; 0.50 EUR/kWh"
    )


def test_of_a_long_curve_what_comes_next_is_listed_in_local_time() -> None:
    told = slots(*(f"0.{n:02}" for n in range(1, 49)))
    text = component_text(told, NOON + timedelta(hours=2), most=2)
    assert text == (
        "0.03 EUR/kWh, 2026-03-01 15:00–16:00; 0.04 EUR/kWh, 2026-03-01 16:00–17:00; "
        "44 more on the page"
    )
