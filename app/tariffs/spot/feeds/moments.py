"""Moments as sources write them: ISO 8601 with or without offset, seconds or milliseconds."""

from datetime import UTC, datetime

from app.charging.errors import Unavailable

_MILLISECONDS = 100_000_000_000
"""In seconds this is the year 5138, in milliseconds 1973."""


def moment(source: str, told: object) -> datetime:
    """The moment, local where no offset was told; raises ``Unavailable``."""
    try:
        if isinstance(told, str) and told.isascii() and told.isdigit():
            told = int(told)
        if isinstance(told, int) and not isinstance(told, bool):
            seconds, rest = divmod(told, 1000) if told >= _MILLISECONDS else (told, 0)
            if rest:
                raise ValueError("a price begins at a whole second")
            return datetime.fromtimestamp(seconds, UTC)
        if isinstance(told, str) and len(told) <= 40:
            return _whole(datetime.fromisoformat(told.strip()))
    except (ValueError, OverflowError, OSError) as error:
        raise Unavailable(f"{source} told a time that is none") from error
    raise Unavailable(f"{source} told a time that is none")


def _whole(when: datetime) -> datetime:
    if when.microsecond or not 2000 <= when.year <= 2200:
        raise ValueError("no time that prices have")
    return when
