"""Both changes of the clock, by the hour and by the quarter, with and without offsets."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from app.charging.errors import Unavailable
from app.records.spot_prices import PriceSeries
from app.records.spot_sources import JsonPaths
from app.tariffs.spot.feeds.json_url import JsonUrl
from app.tariffs.spot.told import Terms, Told, series_of
from tests.support.tenancy import SetClock
from tests.tariffs.spot.support import BERLIN, HOUR, QUARTER, answering

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
HOURS = {SPRING: 23, AUTUMN: 25}
NOW = datetime(2026, 3, 1, tzinfo=UTC)
TERMS = Terms("told", "EUR", BERLIN)

both_days = pytest.mark.parametrize("day", [SPRING, AUTUMN], ids=["spring", "autumn"])
both_steps = pytest.mark.parametrize("step", [HOUR, QUARTER], ids=["hour", "quarter"])


def midnight(day: date, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def moments(day: date, step: timedelta) -> list[datetime]:
    """The beginnings of the day's slots, in UTC."""
    begins, count = midnight(day), HOURS[day] * (HOUR // step)
    return [begins + i * step for i in range(count)]


def local(moment: datetime) -> datetime:
    return moment.astimezone(BERLIN).replace(tzinfo=None)


def told(begins: list[datetime]) -> list[Told]:
    """Each price tells which it is."""
    return [Told(begin, Decimal(i) / 1000) for i, begin in enumerate(begins)]


def check_whole(series: PriceSeries, day: date, step: timedelta) -> None:
    """The day from midnight to midnight, each price where it belongs."""
    assert [slot.begins for slot in series.slots] == moments(day, step)
    assert all(before.ends == after.begins for before, after in pairwise(series.slots))
    assert series.slots[-1].ends == midnight(day + timedelta(days=1))
    expected = [Decimal(i) / 1000 for i in range(len(series.slots))]
    assert [slot.price_per_kwh for slot in series.slots] == expected


@both_days
@both_steps
def test_times_with_an_offset_need_no_rule(day: date, step: timedelta) -> None:
    begins = [moment.astimezone(BERLIN) for moment in moments(day, step)]
    series = series_of(told(begins), TERMS, NOW)
    check_whole(series, day, step)
    assert series.notes == ()


@both_days
@both_steps
@pytest.mark.parametrize("newest_first", [False, True])
def test_local_times_in_order(day: date, step: timedelta, newest_first: bool) -> None:
    listed = told([local(moment) for moment in moments(day, step)])
    series = series_of(listed[::-1] if newest_first else listed, TERMS, NOW)
    check_whole(series, day, step)
    if day == AUTUMN:
        assert series.notes == ("2026-10-25: the doubled hour was told apart by its order",)
    else:
        assert series.notes == ()


@both_steps
def test_the_skipped_hour_told_all_the_same_is_left_out(step: timedelta) -> None:
    """24 hours on the day of 23: 01:00 and 03:00 are neighbours, 02:00 never was."""
    wall = [datetime.combine(SPRING, time()) + i * step for i in range(24 * (HOUR // step))]
    series = series_of([Told(at, Decimal(at.hour) / 100) for at in wall], TERMS, NOW)
    assert [slot.begins for slot in series.slots] == moments(SPRING, step)
    assert Decimal("0.02") not in {slot.price_per_kwh for slot in series.slots}
    two_in_utc = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert series.price_at(two_in_utc - step) == Decimal("0.01")
    assert series.price_at(two_in_utc) == Decimal("0.03")
    assert series.notes == ("2026-03-29: the hour that the clock skips was told, and left out",)


@both_steps
def test_the_doubled_hour_told_once_holds_twice(step: timedelta) -> None:
    """24 hours on the day of 25: the price of 02:00 is that of both."""
    wall = [datetime.combine(AUTUMN, time()) + i * step for i in range(24 * (HOUR // step))]
    series = series_of([Told(at, Decimal(at.hour) / 100) for at in wall], TERMS, NOW)
    assert [slot.begins for slot in series.slots] == moments(AUTUMN, step)
    first_two = datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert series.price_at(first_two) == series.price_at(first_two + HOUR) == Decimal("0.02")
    assert series.price_at(first_two + 2 * HOUR) == Decimal("0.03")
    assert series.notes == ("2026-10-25: the doubled hour was told once, and holds twice",)


def test_an_hour_told_three_times_is_refused() -> None:
    twos = [datetime(2026, 10, 25, 2)] * 3
    with pytest.raises(Unavailable, match="02:00 was told 3 times"):
        series_of(told([datetime(2026, 10, 25, 1), *twos]), TERMS, NOW)


def test_an_hour_told_twice_on_any_other_day_is_refused() -> None:
    twos = [datetime(2026, 10, 26, 2)] * 2
    with pytest.raises(Unavailable, match="two prices"):
        series_of(told([datetime(2026, 10, 26, 1), *twos]), TERMS, NOW)


@both_days
@both_steps
def test_local_ends_are_not_believed_over_the_next_beginning(day: date, step: timedelta) -> None:
    begins = moments(day, step)
    listed = [
        Told(local(begin), Decimal(i) / 1000, local(begin + step)) for i, begin in enumerate(begins)
    ]
    check_whole(series_of(listed, TERMS, NOW), day, step)


def test_a_half_hour_change_of_the_clock() -> None:
    """Lord Howe Island goes back by half an hour, from 02:00 to 01:30."""
    zone = ZoneInfo("Australia/Lord_Howe")
    begins = datetime(2026, 4, 5, 0, tzinfo=zone).astimezone(UTC)
    half_hours = [begins + i * HOUR / 2 for i in range(6)]
    wall = [moment.astimezone(zone).replace(tzinfo=None) for moment in half_hours]
    series = series_of(told(wall), Terms("told", "AUD", zone), NOW)
    assert [slot.begins for slot in series.slots] == half_hours


@both_days
@both_steps
async def test_from_json_without_offsets(day: date, step: timedelta) -> None:
    listed = [
        {"t": local(begin).isoformat(), "p": i / 1000} for i, begin in enumerate(moments(day, step))
    ]
    http, _ = answering(json.dumps(listed))
    paths = JsonPaths("p", "@", "t")
    source = JsonUrl(http, SetClock(), "https://a.example", paths, BERLIN, "EUR")
    check_whole(await source.fetch(midnight(day), midnight(day) + 25 * HOUR), day, step)
