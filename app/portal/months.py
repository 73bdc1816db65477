"""Months, as bookkeeping goes by them; they begin and end in UTC, like every moment in a book."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from app.charging.errors import NotFound

_MONTH = re.compile(r"(2\d{3})-(0[1-9]|1[0-2])", re.ASCII)


def span(month: str) -> tuple[datetime, datetime]:
    """From the first moment of ``2026-03`` to that of the month after; raises ``NotFound``."""
    found = _MONTH.fullmatch(month)
    if found is None:
        raise NotFound("there is no such month; write it like 2026-03")
    since = datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC)
    return since, _next(since)


def months(first: datetime, last: datetime) -> list[str]:
    """Every month from the first moment to the last, the newest first."""
    return [f"{month:%Y-%m}" for month in _from(first, last)][::-1]


def _from(first: datetime, last: datetime) -> Iterator[datetime]:
    month = first.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month <= last:
        yield month
        month = _next(month)


def _next(month: datetime) -> datetime:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
