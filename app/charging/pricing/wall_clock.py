"""Moments as integers, and the clock on the wall of a place.

A moment is µs since 1970 in UTC. Local days have 23 or 25 hours where the clocks change; between
two changes local time is UTC plus a constant, and that is how it is reckoned here.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_STEP_US = 60 * DAY_US
"""Clocks are not changed back and forth within so short a time."""


def moment_us(at: datetime) -> int:
    """A moment as µs since 1970."""
    return (at - _EPOCH) // _US


def whole_ms(at: datetime) -> datetime:
    """A moment as it is kept: to the millisecond, rounded down."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def moment(at_us: int) -> datetime:
    """The other way."""
    return _EPOCH + timedelta(microseconds=at_us)


def offset_us(zone: tzinfo, at_us: int) -> int:
    """What local time is ahead of UTC."""
    offset = moment(at_us).astimezone(zone).utcoffset()
    return 0 if offset is None else offset // _US


def even_spans(zone: tzinfo, begins_us: int, ends_us: int) -> Iterator[tuple[int, int, int]]:
    """A span of time cut where the clocks are changed: (begins, ends, offset)."""
    while begins_us < ends_us:
        offset = offset_us(zone, begins_us)
        until_us = min(ends_us, begins_us + _STEP_US)
        if offset_us(zone, until_us - 1) != offset:
            until_us = _change_us(zone, begins_us, until_us - 1)
        yield begins_us, until_us, offset
        begins_us = until_us


def _change_us(zone: tzinfo, before_us: int, after_us: int) -> int:
    """The moment between two at which the offset changes."""
    offset = offset_us(zone, before_us)
    while after_us - before_us > 1:
        middle_us = (before_us + after_us) // 2
        if offset_us(zone, middle_us) == offset:
            before_us = middle_us
        else:
            after_us = middle_us
    return after_us
