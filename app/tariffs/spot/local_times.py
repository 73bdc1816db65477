"""Local times without an offset, around a change of the clock.

By rule: where the clock goes back, an hour is told twice, and the order tells the first from the
second; told once, its price holds for both. Where the clock goes forward, a time that was skipped
does not exist: its price is left out, and the hours before and after it are neighbours.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.charging.errors import Unavailable

Moments = tuple[datetime, ...]
"""The moments (UTC) that one time means: usually one; none for a skipped, two for a doubled."""


def in_utc(times: Sequence[datetime], zone: ZoneInfo) -> tuple[list[Moments], tuple[str, ...]]:
    """What each time means, and what of it was decided by rule; raises ``Unavailable``.

    Times with an offset mean one moment each. A list may run from the newest to the oldest.
    """
    backwards = len(times) > 1 and _plain(times[0]) > _plain(times[-1])
    told = list(reversed(times)) if backwards else list(times)
    often = Counter(time for time in told if time.tzinfo is None)
    seen, moments, notes = Counter[datetime](), list[Moments](), dict[str, None]()
    for time in told:
        found, note = _moments(time, zone, seen[time], often[time])
        seen[time] += 1
        moments.append(found)
        if note:
            notes[note] = None
    return (moments[::-1] if backwards else moments), tuple(notes)


def _moments(time: datetime, zone: ZoneInfo, before: int, often: int) -> tuple[Moments, str]:
    """``before``: how often it was told so far, of ``often`` in all."""
    if time.tzinfo is not None:
        return (time.astimezone(UTC),), ""
    first, second = (time.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return (first,), ""
    if first.astimezone(zone).replace(tzinfo=None) != time:
        return (), f"{time:%Y-%m-%d}: the hour that the clock skips was told, and left out"
    if often == 1:
        return (first, second), f"{time:%Y-%m-%d}: the doubled hour was told once, and holds twice"
    if often > 2:
        raise Unavailable(f"{time:%Y-%m-%d %H:%M} was told {often} times")
    note = f"{time:%Y-%m-%d}: the doubled hour was told apart by its order"
    return ((first, second)[before],), note


def _plain(time: datetime) -> datetime:
    return (
        time.replace(tzinfo=None)
        if time.tzinfo is None
        else time.astimezone(UTC).replace(tzinfo=None)
    )
