"""When a certificate is ordered, and when again after that failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.acme_client.kept import Attempts, Shown
from app.acme_client.timing import due_at, first_try_at, pause_after

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = ("strom.example", "charge.example")
NINETY_DAYS = Shown(frozenset(NAMES), NOW, NOW + timedelta(days=90), is_placeholder=False)


def test_renewed_at_two_thirds_of_its_life_and_a_little_later() -> None:
    assert due_at(NINETY_DAYS, NAMES, 0) == NOW + timedelta(days=60)
    assert due_at(NINETY_DAYS, NAMES, 1) == NOW + timedelta(days=63, hours=18)
    six_days = Shown(frozenset(NAMES), NOW, NOW + timedelta(days=6), is_placeholder=False)
    assert due_at(six_days, NAMES, 1) == NOW + timedelta(days=4, hours=6)


def test_what_is_no_certificate_for_these_names_is_replaced_at_once() -> None:
    placeholder = Shown(frozenset(NAMES), NOW, NOW + timedelta(days=90), is_placeholder=True)
    assert due_at(None, NAMES, 0) is None
    assert due_at(placeholder, NAMES, 0) is None
    assert due_at(NINETY_DAYS, (*NAMES, "new.example"), 0) is None
    assert due_at(NINETY_DAYS, tuple(reversed(NAMES)), 0) is not None


def test_the_pause_doubles_up_to_a_day() -> None:
    minutes = [pause_after(n, is_limited=False) // timedelta(minutes=1) for n in range(1, 9)]
    assert minutes == [15, 30, 60, 120, 240, 480, 960, 1440]
    assert pause_after(10_000, is_limited=False) == timedelta(days=1)
    assert pause_after(1, is_limited=True) == timedelta(hours=3)
    assert pause_after(9, is_limited=True) == timedelta(days=1)


def tried(*minutes_ago: int, is_limited: bool = False) -> Attempts:
    attempts = Attempts()
    for ago in minutes_ago:
        at = NOW - timedelta(minutes=ago)
        attempts = attempts.failed(at, "why", at + timedelta(hours=3), is_limited=is_limited)
    return attempts


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [
        (tried(), 0),
        (tried(500, 300, 200, 120, 90), 0),  # hours of it, and somebody has mended something
        (tried(50, 40, 30), 0),
        (tried(50, 40, 30, 20), 10),  # the fourth of this hour: when the first is an hour ago
        (tried(90, 50, 40, 30, 20, 10), 20),
        (tried(60, is_limited=True), 120),  # told that it is too often
    ],
)
def test_a_start_tries_at_once_but_never_five_times_an_hour(
    attempts: Attempts, minutes: int
) -> None:
    assert first_try_at(attempts, NOW) == NOW + timedelta(minutes=minutes)


def test_a_supervisor_that_starts_it_every_second_makes_no_more_than_four_tries_an_hour() -> None:
    attempts, now, tries = Attempts(), NOW, []
    while now < NOW + timedelta(hours=3):
        if first_try_at(attempts, now) <= now:
            tries.append(now)
            attempts = attempts.failed(now, "why", now + timedelta(minutes=15))
        now += timedelta(seconds=1)
    for at in tries:
        assert len([each for each in tries if at <= each < at + timedelta(hours=1)]) <= 4
    assert len(tries) == 12
