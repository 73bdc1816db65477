"""A price over time as an SVG's shapes: drawn by the server, with a table for who cannot see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.charging.pricing import Tariff
from app.charging.pricing.curve import Step
from app.checkout.price_words import gross
from app.portal.driver.numbers import Numbers

WIDTH, HEIGHT = 340, 132
_LEFT, _RIGHT, _TOP, _BOTTOM = 6, 334, 20, 108
_TICK_HOURS = (1, 2, 3, 6, 12, 24)
_MOST_TICKS = 7


@dataclass(frozen=True, slots=True)
class Mark:
    """A place along an axis and what stands there."""

    at: Decimal
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """One step, for the table."""

    begins: str
    ends: str
    price: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Shapes in a box of ``WIDTH`` by ``HEIGHT``; ``now`` is None where it lies outside."""

    line: str
    area: str
    hours: tuple[Mark, ...]
    high: Mark
    low: Mark
    now: Decimal | None
    rows: tuple[Row, ...]
    begins_ms: int
    ends_ms: int
    left: int = _LEFT
    right: int = _RIGHT


def plot(tariff: Tariff, steps: Sequence[Step], now: datetime, numbers: Numbers) -> Plot | None:
    """The steps drawn; None where the price never changes and there is nothing to see."""
    if len(steps) < 2:
        return None
    prices = [
        Decimal(0) if step.component is None else gross(tariff, step.component) for step in steps
    ]
    box = _Box(steps[0].begins, steps[-1].ends, min([Decimal(0), *prices]), max([_LEAST, *prices]))
    corners = [
        (box.x(moment), box.y(price))
        for step, price in zip(steps, prices, strict=True)
        for moment in (step.begins, step.ends)
    ]
    line = " ".join(f"{x},{y}" for x, y in corners)
    base = box.y(Decimal(0))
    return Plot(
        line=f"M{line}",
        area=f"M{corners[0][0]},{base} {line} {corners[-1][0]},{base}Z",
        hours=tuple(_hours(box, numbers)),
        high=Mark(box.y(max(prices)), numbers.price(max(prices), 4)),
        low=Mark(box.y(min(prices)), numbers.price(min(prices), 4)),
        now=box.x(now) if box.begins <= now <= box.ends else None,
        rows=tuple(
            Row(numbers.time(step.begins), numbers.time(step.ends), numbers.price(price, 4))
            for step, price in zip(steps, prices, strict=True)
        ),
        begins_ms=int(box.begins.timestamp() * 1000),
        ends_ms=int(box.ends.timestamp() * 1000),
    )


@dataclass(frozen=True, slots=True)
class _Box:
    begins: datetime
    ends: datetime
    low: Decimal
    high: Decimal

    def x(self, at: datetime) -> Decimal:
        share = Decimal((at - self.begins) // _MS) / ((self.ends - self.begins) // _MS)
        return (_LEFT + share * (_RIGHT - _LEFT)).quantize(_TENTH)

    def y(self, price: Decimal) -> Decimal:
        share = (price - self.low) / (self.high - self.low)
        return (_BOTTOM - share * (_BOTTOM - _TOP)).quantize(_TENTH)


_LEAST = Decimal("0.0001")
"""A price curve of nothing still has a height."""
_MS = timedelta(milliseconds=1)
_TENTH = Decimal("0.1")


def _hours(box: _Box, numbers: Numbers) -> list[Mark]:
    """Full hours of the place's clock, so many apart that they can be read."""
    zone = ZoneInfo(numbers.time_zone)
    hours = (box.ends - box.begins) / timedelta(hours=1)
    apart = next((n for n in _TICK_HOURS if hours / n <= _MOST_TICKS), _TICK_HOURS[-1])
    found = []
    at = box.begins.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while at < box.ends:
        if at.astimezone(zone).hour % apart == 0:
            found.append(Mark(box.x(at), f"{at.astimezone(zone):%H:%M}"))
        at += timedelta(hours=1)
    return [mark for mark in found if _LEFT + 14 < mark.at < _RIGHT - 14]
