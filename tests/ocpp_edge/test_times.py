"""Charge points' clocks, as they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ocpp_edge import times
from app.ocpp_edge.times import ChargerTimes
from tests.ocpp_edge.harness import NOON


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-01T11:00:00Z", NOON - timedelta(hours=1)),
        ("2026-03-01T11:00:00.123Z", NOON - timedelta(hours=1) + timedelta(milliseconds=123)),
        ("2026-03-01T13:00:00+02", NOON - timedelta(hours=1)),
        ("2026-03-01T13:00:00+0200", NOON - timedelta(hours=1)),
        ("2026-03-01T13:00:00+02:00", NOON - timedelta(hours=1)),
        ("2026-03-01t11:00:00z", NOON - timedelta(hours=1)),
        (" 2026-03-01T11:00:00Z ", NOON - timedelta(hours=1)),
        ("2026-03-01T11:00:00", NOON - timedelta(hours=1)),
        ("1970-01-01T00:00:12Z", NOON),
        ("2099-01-01T00:00:00Z", NOON),
        ("0001-01-01T00:00:00+14:00", NOON),
        ("yesterday", NOON),
        ("", NOON),
        (None, NOON),
        (1700000000, NOON),
    ],
)
def test_what_charge_points_write_is_read(written: object, meant: datetime) -> None:
    assert ChargerTimes().read(written, NOON) == meant


def test_local_time_without_offset_shows_itself_when_it_lies_ahead() -> None:
    clock = ChargerTimes()
    assert clock.read("2026-03-01T14:00:02", NOON) == NOON + timedelta(seconds=2)
    earlier = clock.read("2026-03-01T13:30:00", NOON)
    assert earlier == NOON - timedelta(minutes=30), "the offset is remembered"


def test_a_clock_that_is_a_little_fast_is_not_taken_for_another_zone() -> None:
    fast = ChargerTimes().read("2026-03-01T12:03:00", NOON)
    assert fast == NOON + timedelta(minutes=3)


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    assert ChargerTimes().read(text, NOON).tzinfo is UTC


def test_answers_end_in_z() -> None:
    assert times.write(NOON + timedelta(microseconds=4567)) == "2026-03-01T12:00:00.004Z"
