"""What a tariff asks at a moment, and how that changes: for words, plots and price feeds.

Nothing is charged by this; what is charged is counted by ``tally``, by the same schedule.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.charging.pricing.elements import ALWAYS, Dimension, PriceComponent, Restrictions
from app.charging.pricing.stretches import UWH_PER_WH, Doing, Piece, Stretch
from app.charging.pricing.tariff import Tariff
from app.charging.pricing.wall_clock import SECOND_US, moment, moment_us

_MOMENT_S = 1
_DOING = {
    Dimension.ENERGY: Doing.CHARGING,
    Dimension.TIME: Doing.CHARGING,
    Dimension.FLAT: Doing.CHARGING,
    Dimension.PARKING_TIME: Doing.PARKING,
}


class Varies(StrEnum):
    """By what a price changes."""

    MARKET = "market price"
    TIME_OF_DAY = "time of day"
    WEEKDAY = "weekday"
    SEASON = "date"
    ENERGY = "energy"
    DURATION = "duration"
    POWER = "power"


@dataclass(frozen=True, slots=True)
class Step:
    """From a moment up to another, one price; no component where it is free."""

    begins: datetime
    ends: datetime
    component: PriceComponent | None

    @property
    def price(self) -> Decimal:
        """Per kWh, per hour, or once."""
        return Decimal(0) if self.component is None else self.component.price


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for one dimension: now, at least, at most, and by what that changes."""

    dimension: Dimension
    now: PriceComponent | None
    low: PriceComponent
    high: PriceComponent
    varies: tuple[Varies, ...] = ()


def component_at(
    tariff: Tariff,
    dimension: Dimension,
    at: datetime,
    power_w: int,
    started: datetime | None = None,
) -> PriceComponent | None:
    """What prices a dimension at a moment, for a charge that begins then or began before."""
    at_us = moment_us(at)
    ends_us = at_us + _MOMENT_S * SECOND_US
    energy_uwh = power_w * UWH_PER_WH * _MOMENT_S // 3600
    stretch = Stretch(at_us, ends_us, 0, energy_uwh, _DOING[dimension])
    piece = Piece(at_us, ends_us, 0, energy_uwh, stretch)
    started_us = at_us if started is None else moment_us(started)
    found = dict(tariff.schedule.prices(piece, min(started_us, at_us)))
    return found[dimension].component if dimension in found else None


def curve(
    tariff: Tariff,
    begins: datetime,
    ends: datetime,
    power_w: int,
    dimension: Dimension = Dimension.ENERGY,
    started: datetime | None = None,
) -> tuple[Step, ...]:
    """The steps of a price over a span: for who begins at each moment, or began at ``started``."""
    begins_us, ends_us = moment_us(begins), moment_us(ends)
    started_us = begins_us if started is None else moment_us(started)
    cuts = tariff.schedule.pieces(Stretch(begins_us, ends_us, 0, 0), started_us)
    found: list[Step] = []
    for piece in cuts:
        at, until = moment(piece.begins_us), moment(piece.ends_us)
        component = component_at(tariff, dimension, at, power_w, started)
        if found and _same(found[-1].component, component):
            at = found.pop().begins
        if until > at:
            found.append(Step(at, until, component))
    return tuple(found)


def asked(tariff: Tariff, dimension: Dimension, at: datetime, power_w: int) -> Asked | None:
    """What is asked for a dimension; None where nothing ever is.

    The spread is of what may still come: what ended before ``at`` is no price any more.
    """
    spread = list(_spread(tariff, dimension, at))
    if not any(component.price for _, component in spread):
        return None
    now = component_at(tariff, dimension, at, power_w)
    components = sorted((component for _, component in spread), key=lambda each: each.price)
    varies = _varies(limits for limits, _ in spread)
    return Asked(dimension, now, components[0], components[-1], varies)


def _spread(
    tariff: Tariff, dimension: Dimension, at: datetime
) -> Iterator[tuple[Restrictions, PriceComponent]]:
    """Every price that may apply, up to one that always does."""
    for element in tariff.elements:
        limits = element.restrictions
        if limits.reservation is not None or (limits.ends is not None and limits.ends <= at):
            continue
        found = [each for each in element.price_components if each.type is dimension]
        yield from ((limits, component) for component in found)
        if found and limits == ALWAYS:
            return


def knows_until(tariff: Tariff, begins: datetime) -> datetime | None:
    """Until when the slots of a price curve reach; None where there are none to come."""
    ends = [
        element.restrictions.ends
        for element in tariff.elements
        if element.restrictions.ends is not None and element.restrictions.begins is not None
    ]
    last = max(ends, default=begins)
    return last if last > begins else None


def _same(one: PriceComponent | None, other: PriceComponent | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.price, one.vat) == (other.price, other.vat)


def _varies(limits: Iterable[Restrictions]) -> tuple[Varies, ...]:
    found = set[Varies]()
    for each in limits:
        found |= {
            kind
            for kind, is_set in (
                (Varies.MARKET, each.begins or each.ends),
                (Varies.TIME_OF_DAY, each.start_time or each.end_time),
                (Varies.WEEKDAY, each.day_of_week),
                (Varies.SEASON, each.start_date or each.end_date),
                (Varies.ENERGY, each.min_kwh or each.max_kwh),
                (Varies.DURATION, each.min_duration or each.max_duration),
                (
                    Varies.POWER,
                    each.min_power or each.max_power or each.min_current or each.max_current,
                ),
            )
            if is_set is not None and is_set != ()
        }
    return tuple(kind for kind in Varies if kind in found)
