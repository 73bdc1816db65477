"""What elements of a tariff hold for, as sets that can be compared.

Each axis (days, time of day, kWh, duration, power) is cut at every edge that any element has; the
cells in which an element holds are the bits of one number.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from math import prod

from app.charging.errors import BadInput
from app.charging.pricing.elements import WEEK, DayOfWeek, Restrictions, TariffElement

MOST_CELLS = 50_000
_ANY_WEEK = 7


@dataclass(frozen=True, slots=True)
class _Days:
    """A weekday within dates from ``first`` (None: the beginning) up to ``end`` (None: none)."""

    weekday: DayOfWeek
    first: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class _Span:
    """A range of a number, in its axis' unit; ``end`` None: without end."""

    first: Decimal
    end: Decimal | None


_Part = _Days | _Span


@dataclass(frozen=True, slots=True)
class _Axis:
    parts: Sequence[_Part]
    holds: Callable[[Restrictions, _Part], bool]
    words: Callable[[_Part], str]


@dataclass(frozen=True, slots=True)
class Grid:
    """The axes, and for each element the cells it holds in."""

    axes: tuple[_Axis, ...]
    full: int
    cells: tuple[int, ...]

    @classmethod
    def of(cls, elements: Sequence[TariffElement]) -> "Grid":
        """The grid on which these elements can be told apart; raises ``BadInput`` if too fine."""
        limits = [element.restrictions for element in elements]
        axes = (
            _days(limits),
            _times(limits),
            _numbers(limits, "min_kwh", "max_kwh", "kWh"),
            _numbers(limits, "min_duration", "max_duration", "s"),
            _numbers(limits, "min_power", "max_power", "kW"),
        )
        size = prod(len(axis.parts) for axis in axes)
        if size > MOST_CELLS:
            raise BadInput(
                "these restrictions make more combinations than can be looked through; "
                "take fewer different limits",
                field="elements",
            )
        cells = tuple(_cells(axes, each) for each in limits)
        return cls(axes, (1 << size) - 1, cells)

    def described(self, cells: int) -> str:
        """The first of some cells in words."""
        index = (cells & -cells).bit_length() - 1
        words = list[str]()
        for axis in self.axes:
            index, at = divmod(index, len(axis.parts))
            if len(axis.parts) > 1:
                words.append(axis.words(axis.parts[at]))
        return "(" + ", ".join(word for word in words if word) + ")" if words else "at any time"


def _cells(axes: Sequence[_Axis], limits: Restrictions) -> int:
    """The product of what each axis allows, the first axis varying fastest."""
    mask, size = 1, 1
    for axis in axes:
        wider = 0
        for at, part in enumerate(axis.parts):
            if axis.holds(limits, part):
                wider |= mask << (at * size)
        mask, size = wider, size * len(axis.parts)
    return mask


def _days(limits: Sequence[Restrictions]) -> _Axis:
    edges = sorted({day for r in limits for day in (r.start_date, r.end_date) if day})
    if not edges and not any(r.day_of_week for r in limits):
        return _Axis([_Days(WEEK[0], None, None)], _day_holds, _day_words)
    spans = zip([None, *edges], [*edges, None], strict=True)
    parts = [_Days(day, first, end) for first, end in spans for day in _weekdays(first, end)]
    return _Axis(parts, _day_holds, _day_words)


def _weekdays(first: date | None, end: date | None) -> Sequence[DayOfWeek]:
    """Those that there are between two dates."""
    if first is None or end is None or (end - first).days >= _ANY_WEEK:
        return WEEK
    days = (first + timedelta(days=n) for n in range((end - first).days))
    return [WEEK[day.weekday()] for day in days]


def _day_holds(limits: Restrictions, part: _Part) -> bool:
    assert isinstance(part, _Days)
    if limits.day_of_week and part.weekday not in limits.day_of_week:
        return False
    if limits.start_date and (part.first is None or part.first < limits.start_date):
        return False
    return not (limits.end_date and (part.end is None or part.end > limits.end_date))


def _day_words(part: _Part) -> str:
    assert isinstance(part, _Days)
    since = f" from {part.first}" if part.first else ""
    until = f" before {part.end}" if part.end else ""
    return f"{part.weekday.title()}s{since}{until}"


def _times(limits: Sequence[Restrictions]) -> _Axis:
    told = (t for r in limits for t in (r.start_time, r.end_time) if t is not None)
    edges = sorted({0, *map(_second, told)})
    return _Axis(_spans(map(Decimal, edges), Decimal(86_400)), _time_holds, _time_words)


def _time_holds(limits: Restrictions, part: _Part) -> bool:
    """An end before its start wraps midnight, as in ``schedule``."""
    assert isinstance(part, _Span)
    start = _second(limits.start_time) if limits.start_time else 0
    end = (_second(limits.end_time) if limits.end_time else 0) or 86_400
    if start < end:
        return start <= part.first < end
    return part.first >= start or part.first < end


def _time_words(part: _Part) -> str:
    assert isinstance(part, _Span)
    assert part.end is not None
    return f"{_clock(part.first)} to {_clock(part.end)}"


def _clock(second: Decimal) -> str:
    return f"{int(second) // 3600:02}:{int(second) % 3600 // 60:02}"


def _second(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


def _numbers(limits: Sequence[Restrictions], low: str, high: str, unit: str) -> _Axis:
    def least(r: Restrictions) -> Decimal | None:
        value = getattr(r, low)
        return None if value is None else Decimal(value)

    def most(r: Restrictions) -> Decimal | None:
        value = getattr(r, high)
        return None if value is None else Decimal(value)

    def holds(r: Restrictions, part: _Part) -> bool:
        assert isinstance(part, _Span)
        if (bottom := least(r)) is not None and part.first < bottom:
            return False
        top = most(r)
        return top is None or (part.end is not None and part.end <= top)

    def words(part: _Part) -> str:
        assert isinstance(part, _Span)
        until = f" to {part.end:f}" if part.end is not None else " or more"
        return f"{part.first:f}{until} {unit}"

    told = (value for r in limits for value in (least(r), most(r)) if value is not None)
    return _Axis(_spans(sorted({Decimal(0), *told}), None), holds, words)


def _spans(edges: Iterable[Decimal], end: Decimal | None) -> list[_Part]:
    first = list(edges)
    return [_Span(a, b) for a, b in zip(first, [*first[1:], end], strict=True)]
