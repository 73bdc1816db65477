"""What becomes a series, and what never does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.charging.errors import Unavailable
from app.tariffs.spot.told import PER_MWH, Terms, Told, highest, price_of, series_of
from tests.tariffs.spot.support import BERLIN, HOUR, MIDNIGHT, QUARTER

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TERMS = Terms("told", "EUR", BERLIN)
IN_MWH = Terms("told", "EUR", BERLIN, PER_MWH)

sane = st.decimals(-10, 10, places=5)
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(),
    st.text(max_size=6),
    st.just([]),
    st.just({}),
)


@given(st.decimals(-5000, 5000, places=2))
def test_a_price_of_a_mwh_is_converted_exactly(price: Decimal) -> None:
    assert price_of(price, IN_MWH) * 1000 == price
    assert price_of(str(price), IN_MWH) == price_of(price, IN_MWH)


@given(st.decimals(-8, 8, places=20), st.sampled_from(["0.001", "0.0119", "1.23456789012"]))
def test_no_digit_is_lost(price: Decimal, factor: str) -> None:
    found = price_of(price, Terms("told", "EUR", BERLIN, Decimal(factor)))
    assert Fraction(found) == Fraction(price) * Fraction(factor)


@pytest.mark.parametrize(
    "told",
    [
        None,
        True,
        [],
        {},
        "",
        "n/a",
        "0,25",
        "NaN",
        "Infinity",
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("-Infinity"),
        "1E+99999999",
        "1E-99999999",
        "0." + "1" * 30,
        Decimal("10.01"),
        -11,
        10**40,
        0.25,
    ],
)
def test_what_is_no_price(told: object) -> None:
    with pytest.raises(Unavailable):
        price_of(told, TERMS)


def test_what_cannot_be_depends_on_the_currency() -> None:
    assert price_of(Decimal("-9.99"), TERMS) == Decimal("-9.99")
    assert highest("EUR") < highest("SEK") < highest("HUF") < highest("JPY")
    assert price_of(90, Terms("told", "SEK", BERLIN)) == 90


@given(st.lists(sane, min_size=2, max_size=40), st.randoms())
def test_the_order_in_which_it_is_told_does_not_matter(
    prices: list[Decimal], random: object
) -> None:
    told = [Told(MIDNIGHT + i * QUARTER, price) for i, price in enumerate(prices)]
    shuffled = list(told)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    series = series_of(shuffled, TERMS, NOW)
    assert series == series_of(told, TERMS, NOW)
    assert [slot.price_per_kwh for slot in series.slots] == prices
    for i, price in enumerate(prices):
        assert series.price_at(MIDNIGHT + i * QUARTER) == price
        assert series.price_at(MIDNIGHT + (i + 1) * QUARTER - timedelta(seconds=1)) == price


times = st.integers(0, 96 * 4).map(lambda i: MIDNIGHT + i * QUARTER)
local_times = times.map(lambda at: at.astimezone(BERLIN).replace(tzinfo=None))


@given(
    st.lists(
        st.builds(
            Told,
            begins=st.one_of(times, local_times),
            price=anything | sane,
            ends=st.none() | times | local_times,
        ),
        max_size=8,
    )
)
def test_whatever_is_told_a_series_is_in_order_and_bounded(told: list[Told]) -> None:
    try:
        series = series_of(told, TERMS, NOW)
    except Unavailable:
        return
    assert series.slots
    for slot in series.slots:
        assert slot.begins < slot.ends <= slot.begins + timedelta(days=1)
        assert slot.begins.tzinfo is UTC
        assert abs(slot.price_per_kwh) <= highest("EUR")
    assert all(one.ends <= other.begins for one, other in pairwise(series.slots))


@given(st.lists(sane, min_size=1, max_size=24), st.data())
def test_the_same_told_twice_counts_once(prices: list[Decimal], data: st.DataObject) -> None:
    told = [Told(MIDNIGHT + i * HOUR, p, MIDNIGHT + (i + 1) * HOUR) for i, p in enumerate(prices)]
    again = data.draw(st.lists(st.sampled_from(told), min_size=1, max_size=5))
    series = series_of([*told, *again], TERMS, NOW)
    assert [slot.price_per_kwh for slot in series.slots] == prices
    assert series.notes == (f"{len(again)} prices were told twice",)


def test_two_prices_for_one_time_are_refused() -> None:
    told = [Told(MIDNIGHT, 1), Told(MIDNIGHT + HOUR, 1), Told(MIDNIGHT, 2)]
    with pytest.raises(Unavailable, match="two prices for 2026-02-28 23:00Z"):
        series_of(told, TERMS, NOW)


def test_one_over_another_is_refused() -> None:
    told = [
        Told(MIDNIGHT, 1, MIDNIGHT + HOUR),
        Told(MIDNIGHT + 3 * QUARTER, 1, MIDNIGHT + 2 * HOUR),
    ]
    with pytest.raises(Unavailable, match="two prices"):
        series_of(told, TERMS, NOW)


@pytest.mark.parametrize("length", [timedelta(0), -HOUR, timedelta(seconds=59), 25 * HOUR])
def test_a_slot_that_is_none_is_refused(length: timedelta) -> None:
    with pytest.raises(Unavailable, match="told a price from"):
        series_of([Told(MIDNIGHT, 1, MIDNIGHT + length)], TERMS, NOW)


def test_far_too_many_are_refused() -> None:
    told = [Told(MIDNIGHT + i * QUARTER, 1) for i in range(3001)]
    with pytest.raises(Unavailable, match="far too many"):
        series_of(told, TERMS, NOW)


def test_a_hole_stays_a_hole() -> None:
    """A price without an end does not reach over one that is missing."""
    told = [Told(MIDNIGHT + i * HOUR, i) for i in (0, 1, 3)]
    series = series_of(told, TERMS, NOW)
    assert series.price_at(MIDNIGHT + 2 * HOUR) is None
    assert series.known_until(MIDNIGHT) == MIDNIGHT + 2 * HOUR
    assert series.known_until(MIDNIGHT + 2 * HOUR) == MIDNIGHT + 2 * HOUR
