"""Which element prices a dimension at a moment: the first that has it and holds (OCPI 2.2.1 §11.3).

What depends on the clock alone is looked up by cell (weekday, part of the day, date, slot of a
curve) and remembered, so that a reading costs the same late in a long week of prices as early.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.charging.pricing.elements import (
    WEEK,
    Dimension,
    PriceComponent,
    Reservation,
    Restrictions,
    TariffElement,
)
from app.charging.pricing.stretches import UWH_PER_KWH, Doing, Piece, Stretch, pieces
from app.charging.pricing.wall_clock import (
    DAY_US,
    SECOND_US,
    even_spans,
    moment_us,
    offset_us,
)

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_THURSDAY = 3
"""The weekday of 1970-01-01."""
_DIMENSIONS = {
    Doing.CHARGING: (Dimension.FLAT, Dimension.ENERGY, Dimension.TIME),
    Doing.PARKING: (Dimension.FLAT, Dimension.ENERGY, Dimension.PARKING_TIME),
    Doing.PAUSED: (Dimension.FLAT, Dimension.ENERGY),
    Doing.RESERVED: (Dimension.FLAT, Dimension.TIME),
    Doing.EXPIRED: (Dimension.FLAT, Dimension.TIME),
}
_RESERVATIONS: dict[Doing, tuple[Reservation | None, ...]] = {
    Doing.CHARGING: (None,),
    Doing.PARKING: (None,),
    Doing.PAUSED: (None,),
    Doing.RESERVED: (Reservation.RESERVATION,),
    Doing.EXPIRED: (Reservation.RESERVATION_EXPIRES, Reservation.RESERVATION),
}
"""A reservation is priced by elements of its own, an expired one first by those for it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A component and the element, by its number, that it stands in."""

    element: int
    component: PriceComponent
    restrictions: Restrictions


_Cell = tuple[int, int, int, int]


class Schedule:
    """The elements of a tariff, found by moment."""

    def __init__(self, elements: Sequence[TariffElement], time_zone: str) -> None:
        self._elements = elements
        self._zone = ZoneInfo(time_zone)
        limits = [element.restrictions for element in elements]
        self._day_edges = _day_edges(limits)
        self._slots = sorted({moment_us(at) for r in limits for at in (r.begins, r.ends) if at})
        self._dated = any(r.start_date or r.end_date for r in limits)
        self._registers = sorted(
            {_uwh(kwh) for r in limits for kwh in (r.min_kwh, r.max_kwh) if kwh}
        )
        self._durations = sorted(
            {s * SECOND_US for r in limits for s in (r.min_duration, r.max_duration) if s}
        )
        self._cells: dict[_Cell, dict[Dimension, tuple[Candidate, ...]]] = {}

    def pieces(self, stretch: Stretch, started_us: int) -> Iterator[Piece]:
        """A stretch cut wherever a price may change."""
        return pieces(stretch, self._moments(stretch, started_us), self._registers_in(stretch))

    def prices(self, piece: Piece, started_us: int) -> Iterator[tuple[Dimension, Candidate]]:
        """What prices a piece: for each dimension at most one component."""
        by_dimension, doing = self._cell(piece.begins_us), piece.stretch.doing
        for dimension in _DIMENSIONS[doing]:
            candidates = by_dimension.get(dimension, ())
            for reservation in _RESERVATIONS[doing]:
                found = _first(candidates, reservation, piece, started_us)
                if found is not None:
                    yield dimension, found
                    break

    def _moments(self, stretch: Stretch, started_us: int) -> list[int]:
        begins_us, ends_us = stretch.begins_us, stretch.ends_us
        found = list(_within(self._slots, begins_us, ends_us))
        found += [
            started_us + after
            for after in _within(self._durations, begins_us - started_us, ends_us - started_us)
        ]
        if self._day_edges:
            found += self._clock_moments(begins_us, ends_us)
        return found

    def _clock_moments(self, begins_us: int, ends_us: int) -> Iterator[int]:
        """Where the clock on the wall passes an edge, or is changed."""
        for span_begins, span_ends, offset in even_spans(self._zone, begins_us, ends_us):
            if span_begins > begins_us:
                yield span_begins
            day = (span_begins + offset) // DAY_US
            while day * DAY_US - offset < span_ends:
                for edge in self._day_edges:
                    at = day * DAY_US + edge - offset
                    if span_begins < at < span_ends:
                        yield at
                day += 1

    def _registers_in(self, stretch: Stretch) -> Sequence[int]:
        return _within(self._registers, stretch.from_uwh, stretch.to_uwh)

    def _cell(self, at_us: int) -> dict[Dimension, tuple[Candidate, ...]]:
        key = self._key(at_us)
        found = self._cells.get(key)
        if found is None:
            found = self._cells[key] = self._made(key, at_us)
        return found

    def _key(self, at_us: int) -> _Cell:
        slot = bisect_right(self._slots, at_us)
        if not self._day_edges:
            return (0, 0, 0, slot)
        local_us = at_us + offset_us(self._zone, at_us)
        day, of_day_us = divmod(local_us, DAY_US)
        part = bisect_right(self._day_edges, of_day_us)
        return (day if self._dated else 0, (day + _THURSDAY) % 7, part, slot)

    def _made(self, key: _Cell, at_us: int) -> dict[Dimension, tuple[Candidate, ...]]:
        day, weekday, part, _ = key
        of_day_us = self._day_edges[part - 1] if part else 0
        found: dict[Dimension, list[Candidate]] = {}
        for number, element in enumerate(self._elements):
            limits = element.restrictions
            if _clock_matches(limits, day, weekday, of_day_us) and _slot_matches(limits, at_us):
                for component in element.price_components:
                    candidate = Candidate(number, component, limits)
                    found.setdefault(component.type, []).append(candidate)
        return {dimension: tuple(candidates) for dimension, candidates in found.items()}


def _uwh(kwh: Decimal) -> int:
    return int(kwh * UWH_PER_KWH)


def _within(sorted_numbers: Sequence[int], low: int, high: int) -> Sequence[int]:
    """Those strictly between."""
    if not sorted_numbers:
        return ()
    first = bisect_right(sorted_numbers, low)
    last = first
    while last < len(sorted_numbers) and sorted_numbers[last] < high:
        last += 1
    return sorted_numbers[first:last]


def _day_edges(limits: Sequence[Restrictions]) -> list[int]:
    """The times of day, in µs, at which any element begins or ends; midnight where days count."""
    edges = {_of_day_us(t) for r in limits for t in (r.start_time, r.end_time) if t is not None}
    if edges or any(r.day_of_week or r.start_date or r.end_date for r in limits):
        edges.add(0)
    return sorted(edges)


def _of_day_us(at: time) -> int:
    return (at.hour * 3600 + at.minute * 60 + at.second) * SECOND_US


def _clock_matches(limits: Restrictions, day: int, weekday: int, of_day_us: int) -> bool:
    if limits.day_of_week and WEEK[weekday] not in limits.day_of_week:
        return False
    if limits.start_date and day + _EPOCH_DAY < limits.start_date.toordinal():
        return False
    if limits.end_date and day + _EPOCH_DAY >= limits.end_date.toordinal():
        return False
    start_us = _of_day_us(limits.start_time) if limits.start_time else 0
    end_us = (_of_day_us(limits.end_time) if limits.end_time else 0) or DAY_US
    if start_us < end_us:
        return start_us <= of_day_us < end_us
    return of_day_us >= start_us or of_day_us < end_us


def _slot_matches(limits: Restrictions, at_us: int) -> bool:
    if limits.begins is not None and at_us < moment_us(limits.begins):
        return False
    return limits.ends is None or at_us < moment_us(limits.ends)


def _first(
    candidates: Sequence[Candidate], reservation: Reservation | None, piece: Piece, started_us: int
) -> Candidate | None:
    for candidate in candidates:
        limits = candidate.restrictions
        if limits.reservation is reservation and _holds(limits, piece, started_us):
            return candidate
    return None


def _holds(limits: Restrictions, piece: Piece, started_us: int) -> bool:
    """Whether what does not depend on the clock matches."""
    return (
        _between(limits.min_duration, piece.begins_us - started_us, limits.max_duration)
        and _energy_fits(limits, piece.from_uwh)
        and _power_fits(limits, piece.stretch)
        and _current_fits(limits, piece.stretch.current_a)
    )


def _between(low_s: int | None, value_us: int, high_s: int | None) -> bool:
    return (low_s is None or value_us >= low_s * SECOND_US) and (
        high_s is None or value_us < high_s * SECOND_US
    )


def _energy_fits(limits: Restrictions, register_uwh: int) -> bool:
    low, high = limits.min_kwh, limits.max_kwh
    return (low is None or register_uwh >= _uwh(low)) and (
        high is None or register_uwh < _uwh(high)
    )


def _power_fits(limits: Restrictions, stretch: Stretch) -> bool:
    low, high = limits.min_power, limits.max_power
    if low is None and high is None:
        return True
    power = stretch.power_kw
    return (low is None or power >= low) and (high is None or power < high)


def _current_fits(limits: Restrictions, current_a: Decimal | None) -> bool:
    """A current that was not measured fits no restriction."""
    low, high = limits.min_current, limits.max_current
    if low is None and high is None:
        return True
    if current_a is None:
        return False
    return (low is None or current_a >= low) and (high is None or current_a < high)
