"""A little memory: for so long, and no longer because a clock was set back."""

from datetime import UTC, datetime, timedelta

from app.checkout.remembering import Remembered

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_for_so_long_and_no_longer() -> None:
    memory: Remembered[int] = Remembered(30)
    memory.put("a", 1, NOON)
    assert memory.get("a", NOON + timedelta(seconds=29)) == 1
    assert memory.get("a", NOON + timedelta(seconds=30)) is None
    assert memory.get("b", NOON) is None


def test_what_was_put_by_a_clock_that_was_ahead_is_forgotten() -> None:
    memory: Remembered[int] = Remembered(30)
    memory.put("a", 1, NOON + timedelta(minutes=10))
    assert memory.get("a", NOON) is None
