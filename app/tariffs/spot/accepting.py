"""Which of the days a source told are believed.

Each day (by the market's clock) is judged alone, so that a bad tomorrow does not cost a good today:

- Of what is told, only what touches the time that was asked for counts; nothing left: refused.
- A hole between two of a day's prices: the day is refused. Prices missing at its end are not
  known yet, which is no fault.
- A jump of more than tenfold: the day is in doubt, and refused until the source has told the same
  again after ``confirm_s``. A jump is a price that is so far from what was known for the same time;
  one beyond ten times the usual price, above or below zero; a day less than a tenth of it. The
  usual price is the median of the days known before. Near zero everything is tenfold: the usual
  price counts as ``told.small`` at least, any other as a tenth of that.
- A price for now has no "same time", and may well be zero. Where nothing was known before, only the
  bounds of ``told`` count.

Scarcity is real, if rare: it is told again ten minutes later and then believed. A slipped decimal
point or a unit that changed is mostly mended by then, and if not the owner's fallback price held
for ten minutes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby, pairwise
from statistics import median

from app.charging.errors import Unavailable
from app.records.spot_prices import PriceSeries, PriceSlot
from app.tariffs.spot.port import Days, Now
from app.tariffs.spot.told import small

TENFOLD = 10
NOW = "now"
CONFIRMED = "A tenfold jump was told again later, and believed."


@dataclass(frozen=True, slots=True)
class Judged:
    """Days by date: those believed, those in doubt, and why what was refused was."""

    accepted: Mapping[str, PriceSeries]
    doubted: Mapping[str, PriceSeries]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Before:
    """What was known before, and what is in doubt, by day."""

    days: Mapping[str, PriceSeries]
    doubted: Mapping[str, PriceSeries]


def judge(
    told: PriceSeries,
    rhythm: Days | Now,
    asked: tuple[datetime, datetime],
    before: Before,
    confirm_s: int,
) -> Judged:
    """Judge an answer; raises ``Unavailable`` where nothing of it is for the time asked."""
    inside = told.between(*asked)
    if not inside.slots:
        raise Unavailable(f"{told.source} told prices of another day")
    accepted, doubted, problems = dict[str, PriceSeries](), dict[str, PriceSeries](), list[str]()
    for day, series in _by_day(inside, rhythm).items():
        whole = _with_known(series, before.days.get(day), rhythm)
        why = _hole(whole)
        jump = "" if why else _jump(whole, day, rhythm, before.days)
        if jump and _told_again(whole, before.doubted.get(day), confirm_s):
            whole, jump = replace(whole, notes=(*whole.notes, CONFIRMED)), ""
        elif jump:
            doubted[day] = _first_doubt(whole, before.doubted.get(day))
        if why or jump:
            problems.append(f"{told.source}, {day}: {why or jump}.")
        else:
            accepted[day] = whole
    return Judged(accepted, doubted, tuple(problems))


def _by_day(series: PriceSeries, rhythm: Days | Now) -> dict[str, PriceSeries]:
    if isinstance(rhythm, Now):
        return {NOW: series}

    def day(slot: PriceSlot) -> str:
        return slot.begins.astimezone(rhythm.zone).date().isoformat()

    grouped = groupby(series.slots, day)
    return {date: replace(series, slots=tuple(slots)) for date, slots in grouped}


def _with_known(series: PriceSeries, known: PriceSeries | None, rhythm: Days | Now) -> PriceSeries:
    """With what was known of the day and is not told any more, such as the hours gone by."""
    if known is None or isinstance(rhythm, Now):
        return series
    others = [slot for slot in known.slots if not any(_touch(slot, new) for new in series.slots)]
    slots = sorted((*others, *series.slots), key=lambda slot: slot.begins)
    return replace(series, slots=tuple(slots))


def _touch(one: PriceSlot, other: PriceSlot) -> bool:
    return one.begins < other.ends and other.begins < one.ends


def _hole(series: PriceSeries) -> str:
    for before, after in pairwise(series.slots):
        if before.ends != after.begins:
            return f"no price from {before.ends:%H:%M} to {after.begins:%H:%M} UTC"
    return ""


def _jump(
    series: PriceSeries, day: str, rhythm: Days | Now, known: Mapping[str, PriceSeries]
) -> str:
    floor = small(series.currency)
    same = known.get(day) if isinstance(rhythm, Days) else None
    if same is not None and _differs(series.slots, same.slots, floor):
        return "a price is more than ten times off what was told for the same time before"
    usual = _median(slot for one in known.values() for slot in one.slots)
    if usual is None:
        return ""
    high = TENFOLD * max(usual, floor)
    if any(abs(slot.price_per_kwh) > high for slot in series.slots):
        return "a price is more than ten times the usual one"
    low = _median(series.slots) or Decimal(0)
    may_be_low = isinstance(rhythm, Now) and not low
    if not may_be_low and usual > TENFOLD * max(low, floor / TENFOLD):
        return "the prices are less than a tenth of the usual one"
    return ""


def _differs(slots: Sequence[PriceSlot], known: Sequence[PriceSlot], floor: Decimal) -> bool:
    for slot in slots:
        for other in known:
            if _touch(slot, other) and _apart(slot.price_per_kwh, other.price_per_kwh, floor):
                return True
    return False


def _apart(one: Decimal, other: Decimal, floor: Decimal) -> bool:
    """Whether the one is more than ten times the other, or far on the other side of zero."""
    low, high = sorted((abs(one), abs(other)))
    if (one < 0) != (other < 0):
        return abs(one - other) > TENFOLD * floor
    return high > TENFOLD * max(low, floor / TENFOLD)


def _median(slots: Iterable[PriceSlot]) -> Decimal | None:
    prices = [abs(slot.price_per_kwh) for slot in slots]
    return Decimal(median(prices)) if prices else None


def _told_again(series: PriceSeries, doubted: PriceSeries | None, confirm_s: int) -> bool:
    if doubted is None or series.fetched_at - doubted.fetched_at < timedelta(seconds=confirm_s):
        return False
    return not _unlike(series, doubted)


def _first_doubt(series: PriceSeries, doubted: PriceSeries | None) -> PriceSeries:
    """The doubt keeps the time it was first told, for as long as the same is told."""
    return series if doubted is None or _unlike(series, doubted) else doubted


def _unlike(series: PriceSeries, doubted: PriceSeries) -> bool:
    floor = small(series.currency)
    one, other = _median(series.slots), _median(doubted.slots)
    if one is not None and other is not None and _apart(one, other, floor):
        return True
    return _differs(series.slots, doubted.slots, floor)
