"""A tariff in words, English and German: for wallets, pages, receipts and status texts.

Price per kWh first, then everything else that may be asked. What is shown includes VAT, however
the tariff is stated.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from app.charging.pricing import Dimension, PriceComponent, Restrictions, Tariff
from app.charging.pricing.curve import Asked, Varies, asked
from app.charging.pricing.elements import WEEK, DayOfWeek
from app.checkout.price_terms import TERMS

CONNECTOR_W = 11_000
"""The power that prices by power are told for where none is known."""
_PER = {
    Dimension.ENERGY: "/kWh",
    Dimension.TIME: "/{unit} of charging",
    Dimension.PARKING_TIME: "/{unit} after {minutes} min without charging",
    Dimension.FLAT: " per charge",
}
_TIMED = (Dimension.TIME, Dimension.PARKING_TIME)
_FINEST = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class PriceWords:
    """Puts a tariff into words; ``money`` writes an amount with its currency, ``bare`` without."""

    language: str
    money: Callable[[Decimal], str]
    bare: Callable[[Decimal], str]

    def say(self, text: str, **values: object) -> str:
        """A term in the language."""
        return TERMS.get(self.language, {}).get(text, text).format(**values)

    def parts(self, tariff: Tariff, at: datetime | None, power_w: int = CONNECTOR_W) -> list[str]:
        """What is asked, the most important first; without ``at``, not what holds just now."""
        found: list[str] = []
        for dimension in _PER:
            price = asked(tariff, dimension, at or tariff.created_at, power_w)
            if price is not None:
                found.append(self._part(tariff, price, is_now=at is not None))
            elif dimension is Dimension.ENERGY:
                found.append(f"{self.money(Decimal(0))}/kWh")
        return found + self.bounds(tariff)

    def bounds(self, tariff: Tariff) -> list[str]:
        """The least and the most that a charge costs."""
        found = []
        for bound, term in ((tariff.min_price, "at least {}"), (tariff.max_price, "at most {}")):
            if bound is None:
                continue
            value = bound.excl_vat if bound.incl_vat is None else bound.incl_vat
            if value is not None:
                net = "" if bound.incl_vat is not None else " " + self.say("without VAT")
                found.append(f"{self._bound(term, value)}{net}")
        return found

    def lines(self, tariff: Tariff, since: datetime | None = None) -> Iterator[str]:
        """Every price component that is not over, each with when it holds."""
        for element in tariff.elements:
            limits = element.restrictions
            if since is not None and limits.ends is not None and limits.ends <= since:
                continue
            when = self.when(limits, tariff.time_zone)
            for component in element.price_components:
                price = self.unit(tariff, component)
                yield f"{price}, {when}" if when else price

    def unit(self, tariff: Tariff, component: PriceComponent) -> str:
        """``0.25 EUR/kWh``."""
        (value,), unit = _scaled(component.type, [gross(tariff, component)])
        return self.money(value) + self._per(tariff, component.type, unit)

    def when(self, limits: Restrictions, time_zone: str) -> str:
        """When an element holds; empty where always."""
        return ", ".join(self._conditions(limits, time_zone))

    def _part(self, tariff: Tariff, price: Asked, *, is_now: bool) -> str:
        """``0.32 EUR/kWh now, 0.25–0.48 by time of day``."""
        components = (price.now, price.low, price.high)
        values = [Decimal(0) if each is None else gross(tariff, each) for each in components]
        (now, low, high), unit = _scaled(price.dimension, values)
        per = self._per(tariff, price.dimension, unit)
        if not price.varies:
            return self.money(high) + per
        by = " " + self.say("by") + " " + self._reasons(price.varies)
        if is_now:
            spread = self.bare(high) if low == high else f"{self.bare(low)}–{self.bare(high)}"
            return f"{self.money(now)}{per} {self.say('now')}, {spread}{by}"
        whole = self.money(high) if low == high else f"{self.bare(low)}–{self.money(high)}"
        return whole + per + by

    def _per(self, tariff: Tariff, dimension: Dimension, unit: str) -> str:
        return self.say(_PER[dimension], unit=unit, minutes=tariff.grace_s // 60)

    def _bound(self, term: str, value: Decimal) -> str:
        return TERMS.get(self.language, {}).get(term, term).format(self.money(value))

    def _reasons(self, varies: Sequence[Varies]) -> str:
        return ", ".join(self.say(str(each)) for each in varies)

    def _conditions(self, limits: Restrictions, time_zone: str) -> Iterator[str]:
        if limits.reservation is not None:
            yield self.say("for a reservation")
        if limits.begins is not None or limits.ends is not None:
            yield _slot(limits, ZoneInfo(time_zone))
        if limits.start_time is not None or limits.end_time is not None:
            yield f"{_clock(limits.start_time, '00:00')}–{_clock(limits.end_time, '24:00')}"
        if limits.day_of_week:
            yield self._days(limits.day_of_week)
        if limits.start_date is not None:
            yield self.say("from {date}", date=limits.start_date.isoformat())
        if limits.end_date is not None:
            yield self.say("before {date}", date=limits.end_date.isoformat())
        yield from self._measures(limits)

    def _measures(self, limits: Restrictions) -> Iterator[str]:
        for low, high, unit in (
            (limits.min_kwh, limits.max_kwh, "kWh"),
            (limits.min_power, limits.max_power, "kW"),
            (limits.min_current, limits.max_current, "A"),
            (_minutes(limits.min_duration), _minutes(limits.max_duration), "min"),
        ):
            if low is not None:
                yield self.say("from {value} {unit}", value=self._number(low), unit=unit)
            if high is not None:
                yield self.say("below {value} {unit}", value=self._number(high), unit=unit)

    def _number(self, value: Decimal) -> str:
        text = f"{value.normalize():f}"
        return text.replace(".", ",") if self.language == "de" else text

    def _days(self, days: Sequence[DayOfWeek]) -> str:
        names = self.say("Mon Tue Wed Thu Fri Sat Sun").split()
        numbers = sorted(WEEK.index(day) for day in days)
        if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
            return f"{names[numbers[0]]}–{names[numbers[-1]]}"
        return ", ".join(names[number] for number in numbers)


def gross(tariff: Tariff, component: PriceComponent) -> Decimal:
    """A component's price with VAT, as drivers read it: four decimals where VAT is added."""
    if tariff.tax_included or not component.vat:
        return component.price
    with_vat = component.price * (100 + component.vat) / 100
    return with_vat.quantize(_FINEST, ROUND_HALF_EVEN)


def _scaled(dimension: Dimension, values: Sequence[Decimal]) -> tuple[list[Decimal], str]:
    """Prices of time by the minute where that comes out even, else by the hour."""
    if dimension not in _TIMED:
        return list(values), ""
    by_minute = [value / 60 for value in values]
    if all(value == value.quantize(_FINEST) for value in by_minute):
        return by_minute, "min"
    return list(values), "h"


def _slot(limits: Restrictions, zone: ZoneInfo) -> str:
    begins = "" if limits.begins is None else f"{limits.begins.astimezone(zone):%Y-%m-%d %H:%M}"
    return begins + "–" + ("" if limits.ends is None else f"{limits.ends.astimezone(zone):%H:%M}")


def _clock(at: time | None, otherwise: str) -> str:
    return otherwise if at is None else f"{at:%H:%M}"


def _minutes(seconds: int | None) -> Decimal | None:
    return None if seconds is None else Decimal(seconds) / 60
