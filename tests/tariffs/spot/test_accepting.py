"""Which days are believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.charging.errors import Unavailable
from app.records.spot_prices import PriceSeries
from app.tariffs.spot.accepting import CONFIRMED, NOW, Before, Judged, judge
from app.tariffs.spot.port import Days, Now
from tests.tariffs.spot.support import BERLIN, HOUR, MIDNIGHT, NEXT_MIDNIGHT, series

DAYS = Days(BERLIN)
LIVE = Now(60, 900)
TODAY, TOMORROW = "2026-03-01", "2026-03-02"
TWO_DAYS = (MIDNIGHT, MIDNIGHT + timedelta(days=2))
USUAL = ["0.08"] * 24
NOTHING = Before({}, {})
CONFIRM_S = 600


def judged(told: PriceSeries, before: Before = NOTHING, rhythm: Days | Now = DAYS) -> Judged:
    return judge(told, rhythm, TWO_DAYS, before, CONFIRM_S)


def known(prices: Sequence[str], day: str = TODAY) -> Before:
    return Before({day: series(prices)}, {})


def tomorrow(prices: Sequence[str | Decimal], *, after_s: int = 0) -> PriceSeries:
    fetched_at = MIDNIGHT + timedelta(seconds=after_s)
    return series(prices, begins=NEXT_MIDNIGHT, fetched_at=fetched_at)


def test_each_day_by_the_markets_clock() -> None:
    two = judged(series([*USUAL, *USUAL]))
    assert list(two.accepted) == [TODAY, TOMORROW]
    assert [len(day.slots) for day in two.accepted.values()] == [24, 24]
    assert two.accepted[TOMORROW].slots[0].begins == NEXT_MIDNIGHT


def test_another_day_is_no_answer() -> None:
    with pytest.raises(Unavailable, match="another day"):
        judged(series(USUAL, begins=MIDNIGHT - timedelta(days=1)))


def test_what_was_not_asked_for_is_left_out() -> None:
    days = judged(series(USUAL * 4, begins=MIDNIGHT - timedelta(days=1))).accepted
    assert list(days) == [TODAY, TOMORROW]


def test_a_hole_costs_its_day_and_no_other() -> None:
    told = series([*USUAL, *USUAL])
    holed = replace(told, slots=told.slots[:30] + told.slots[31:])
    result = judged(holed)
    assert list(result.accepted) == [TODAY]
    assert result.problems == ("told, 2026-03-02: no price from 05:00 to 06:00 UTC.",)


def test_a_day_that_is_not_whole_yet_is_no_fault() -> None:
    assert len(judged(series(USUAL[:23])).accepted[TODAY].slots) == 23


def test_hours_gone_by_stay_known() -> None:
    later = series(["0.09"] * 12, begins=MIDNIGHT + 12 * HOUR)
    day = judged(later, known(USUAL)).accepted[TODAY]
    assert [str(slot.price_per_kwh) for slot in day.slots] == ["0.08"] * 12 + ["0.09"] * 12


@pytest.mark.parametrize(
    "prices",
    [
        ["0.0008"] * 24,  # a thousandth: MWh taken for kWh
        ["8"] * 24,  # cents for euros
        ["0"] * 24,
        [*USUAL[:23], "0.81"],
        [*USUAL[:23], "-0.81"],
    ],
)
def test_a_jump_against_the_usual_is_in_doubt(prices: list[str]) -> None:
    result = judged(tomorrow(prices), known(USUAL))
    assert (list(result.accepted), list(result.doubted)) == ([], [TOMORROW])
    assert "ten" in result.problems[0]


@pytest.mark.parametrize(
    "prices",
    [
        [*USUAL[:23], "0.80"],
        ["0.009"] * 24,
        ["-0.01"] * 12 + ["0.03"] * 12,
        [*["0.0001"] * 11, *USUAL[:13]],
        ["-0.5"] * 3 + ["0.08"] * 21,
    ],
)
def test_what_the_weather_does_is_believed(prices: list[str]) -> None:
    result = judged(tomorrow(prices), known(USUAL))
    assert list(result.accepted) == [TOMORROW]
    assert not result.problems


def test_a_jump_against_what_was_told_for_the_same_time() -> None:
    for price in ("0.9", "0.007", "-0.5"):
        told = series([*USUAL[:5], price, *USUAL[6:]])
        result = judged(told, known(USUAL))
        assert not result.accepted, price
        assert list(result.doubted) == [TODAY]


def test_told_again_after_a_while_it_is_believed() -> None:
    dear = ["0.08"] * 20 + ["2.3"] * 4
    first = judged(tomorrow(dear), known(USUAL))
    before = Before(known(USUAL).days, first.doubted)
    soon = judged(tomorrow(dear, after_s=CONFIRM_S - 1), before)
    assert not soon.accepted
    # The doubt is still as old as when it was first told.
    assert soon.doubted[TOMORROW].fetched_at == MIDNIGHT
    late = judged(tomorrow(dear, after_s=CONFIRM_S), Before(before.days, soon.doubted))
    assert late.accepted[TOMORROW].notes == (CONFIRMED,)
    assert not late.doubted


def test_another_jump_is_not_the_same_told_again() -> None:
    first = judged(tomorrow(["8"] * 24), known(USUAL))
    before = Before(known(USUAL).days, first.doubted)
    other = judged(tomorrow(["0.0001"] * 24, after_s=CONFIRM_S), before)
    assert not other.accepted
    assert other.doubted[TOMORROW].fetched_at == MIDNIGHT + timedelta(seconds=CONFIRM_S)


def test_without_anything_known_the_bounds_alone_count() -> None:
    assert list(judged(tomorrow(["3"] * 24)).accepted) == [TOMORROW]


def test_a_price_for_now() -> None:
    def now(price: str) -> PriceSeries:
        return series([price], begins=MIDNIGHT, step=HOUR / 4)

    before = Before({NOW: now("0.30")}, {})
    for price in ("0.35", "0", "-0.05", "2.9"):
        assert list(judged(now(price), before, LIVE).accepted) == [NOW]
    for price in ("3.1", "0.003", "-3.1"):
        assert list(judged(now(price), before, LIVE).doubted) == [NOW]


sane = st.decimals(-10, 10, places=4)
days = st.lists(sane, min_size=1, max_size=24)


@given(days, days, days)
def test_what_is_accepted_is_whole_and_what_is_not_says_why(
    before: list[Decimal], first: list[Decimal], second: list[Decimal]
) -> None:
    told = series([*(first * 24)[:24], *second])
    result = judged(told, Before({"2026-02-28": series(before, begins=MIDNIGHT - 24 * HOUR)}, {}))
    assert set(result.accepted) | set(result.doubted) == {TODAY, TOMORROW}
    assert not set(result.accepted) & set(result.doubted)
    assert len(result.problems) == len(result.doubted)
    for day in result.accepted.values():
        assert all(one.ends == other.begins for one, other in pairwise(day.slots))
        assert set(day.slots) <= set(told.slots)


@given(days, days, st.integers(0, 3600))
def test_a_doubt_ends_with_the_same_told_again_and_not_before(
    before: list[Decimal], prices: list[Decimal], after_s: int
) -> None:
    was = Before({TODAY: series(before)}, {})
    first = judged(tomorrow(prices), was)
    again = judged(tomorrow(prices, after_s=after_s), Before(was.days, first.doubted))
    if first.accepted:
        assert again.accepted
    else:
        assert bool(again.accepted) == (after_s >= CONFIRM_S)


@given(st.lists(st.decimals("0.0501", "0.4", places=4), min_size=24, max_size=24), st.data())
def test_a_slipped_decimal_point_never_passes_at_once(
    prices: list[Decimal], data: st.DataObject
) -> None:
    """A day of usual prices after another, wrong by a factor of a hundred or a thousand."""
    factor = data.draw(st.sampled_from([Decimal("0.01"), Decimal("0.001"), Decimal(100)]))
    was = Before({TODAY: series(prices)}, {})
    wrong = tomorrow([price * factor for price in prices])
    assert not judged(wrong, was).accepted
