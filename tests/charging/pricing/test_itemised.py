"""A receipt's items are the total, whatever the tariff and however the readings come."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.charging.money import Rate
from app.charging.pricing import Dimension, Price, Tariff, cost_msat, total
from app.charging.pricing.itemised import charged_msat, itemised
from app.charging.pricing.replay import replayed
from app.charging.pricing.totals import NO_AMOUNT
from app.charging.session import MeterReading
from tests.charging.pricing.cases import component, element, tariff

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RATE = Rate("EUR", Decimal("1061457.881"), "test", NOON)


def readings(*registers: tuple[int, int]) -> list[MeterReading]:
    """Minutes after noon, and Wh."""
    return [MeterReading(NOON + timedelta(minutes=m), wh) for m, wh in registers]


def test_an_hour_each_at_its_own_price() -> None:
    hour = timedelta(hours=1)
    curve = tariff(
        element(component("ENERGY", "0.30", "19"), begins=NOON, ends=NOON + hour),
        element(component("ENERGY", "0.20", "19"), begins=NOON + hour, ends=NOON + 2 * hour),
        tax_included=True,
    )
    found = itemised(curve, readings((30, 1_000), (90, 12_000)))
    assert found is not None
    assert [(item.element, item.quantity, item.ends) for item in found.items] == [
        (0, 5_500_000_000, NOON + hour),
        (1, 5_500_000_000, NOON + timedelta(minutes=90)),
    ]
    assert found.total.incl_vat == Fraction("2.75")  # 5.5 × 0.30 + 5.5 × 0.20
    assert [(each.percent, each.amount.excl_vat) for each in found.vat] == [
        (Decimal(19), Fraction("2.75") / Fraction("1.19"))
    ]


def test_steps_and_the_least_price_are_lines_of_their_own() -> None:
    stepped = tariff(
        element(component("ENERGY", "0.40", step_size=1000)),
        tax_included=True,
        min_price=Price(incl_vat=Decimal(2)),
    )
    found = itemised(stepped, readings((0, 0), (10, 1_400)))
    assert found is not None
    assert [(item.is_step, item.quantity) for item in found.items] == [
        (False, 1_400_000_000),
        (True, 600_000_000),
    ]
    assert found.bound.incl_vat == Fraction("1.2")  # 2 − 2 kWh × 0.40
    assert found.total.incl_vat == 2


def test_without_energy_nothing_is_charged() -> None:
    fee = tariff(element(component("FLAT", "1"), component("TIME", "2")))
    tally = replayed(fee, readings((0, 5), (10, 5)))
    assert tally is not None
    assert charged_msat(fee, RATE, tally) == 0
    assert itemised(fee, []) is None


TARIFFS = st.sampled_from(
    [
        tariff(element(component("ENERGY", "0.3333", "19"), component("FLAT", "0.5", "7"))),
        tariff(
            element(component("ENERGY", "0.25", "19", 250), start_time=time(12, 20)),
            element(component("ENERGY", "0.48", "7"), component("TIME", "1.3", None, 300)),
            tax_included=True,
            time_zone="Europe/Berlin",
        ),
        tariff(
            element(component("ENERGY", "0.25"), max_kwh=Decimal(3)),
            element(
                component("ENERGY", "0.1"),
                component("PARKING_TIME", "6", "19", 900),
                component("TIME", "0.7"),
            ),
            min_price=Price(Decimal(1), Decimal("1.19")),
            max_price=Price(Decimal(2), Decimal("2.38")),
        ),
    ]
)


@given(TARIFFS, st.lists(st.tuples(st.integers(0, 90), st.integers(0, 9_000)), max_size=8))
def test_the_items_are_exactly_the_total(told: Tariff, steps: list[tuple[int, int]]) -> None:
    at, wh, made = 0, 100, [(0, 100)]
    for minutes, energy in steps:
        at, wh = at + minutes, wh + energy
        made.append((at, wh))
    found = itemised(told, readings(*made))
    tally = replayed(told, readings(*made))
    assert found is not None
    assert tally is not None
    assert found.tally == tally
    assert found.total == total(told, tally)
    assert sum((item.amount for item in found.items), NO_AMOUNT) + found.bound == found.total
    assert sum((each.amount for each in found.vat), NO_AMOUNT) == found.total
    if tally.energy_uwh:
        assert charged_msat(told, RATE, tally) == cost_msat(told, RATE, tally)
    counted = {counted.dimension: counted.quantity for counted in tally.counted}
    for dimension in Dimension:
        quantities = [i.quantity for i in found.items if i.dimension is dimension and not i.is_step]
        assert sum(quantities) == counted.get(dimension, 0)


@pytest.mark.parametrize("first", [0, 4, 7])
def test_a_reading_that_told_only_power_changes_nothing(first: int) -> None:
    made = readings((0, 0), (30, 4_000), (60, 9_000))
    made.insert(1, MeterReading(NOON + timedelta(minutes=first), None, 8_000))
    told = tariff(element(component("ENERGY", "0.25")))
    without = itemised(told, readings((0, 0), (30, 4_000), (60, 9_000)))
    assert itemised(told, made) == without
