"""From what a source tells to a series: prices that are prices, at moments that are in order.

Refused with a reason: what is no number, no moment or beyond any price ever paid; two prices for
one moment. Corrected, with a note in the series: the same told twice, and local times around a
change of the clock (see ``local_times``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation, localcontext
from itertools import pairwise
from zoneinfo import ZoneInfo

from app.charging.errors import Unavailable
from app.records.spot_prices import PriceSeries, PriceSlot
from app.tariffs.spot.local_times import Moments, in_utc

_UNIT = {
    **dict.fromkeys(("EUR", "GBP", "CHF", "USD"), Decimal(1)),
    **dict.fromkeys(("PLN", "RON", "BGN"), Decimal(5)),
    **dict.fromkeys(("DKK", "NOK", "SEK"), Decimal(10)),
    "CZK": Decimal(25),
    "HUF": Decimal(400),
}
"""Roughly a euro, so that bounds mean the same in each currency."""
_ANY_UNIT = Decimal(1000)
_HIGHEST = 10
"""A kWh costs no more, nor is more paid for taking one: the exchanges' own limit is 5 EUR."""
_SMALL = Decimal("0.05")
_DIGITS = 24
_SHORTEST, _HOUR, _LONGEST = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_MOST_SLOTS = 3000


@dataclass(frozen=True, slots=True)
class Told:
    """One price as told; nothing of it is believed so far.

    ``begins`` and ``ends`` without offset are local times. Without ``ends`` it holds for as long
    as the shortest in the answer.
    """

    begins: datetime
    price: object
    ends: datetime | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What an answer's prices mean. ``factor`` times what is told is the price of a kWh."""

    source: str
    currency: str
    zone: ZoneInfo
    factor: Decimal = Decimal(1)
    with_vat: bool = False


PER_MWH = Decimal("0.001")


def highest(currency: str) -> Decimal:
    """Beyond this, above or below zero, nothing is a price of a kWh."""
    return _HIGHEST * _UNIT.get(currency, _ANY_UNIT)


def small(currency: str) -> Decimal:
    """Below this a price is small: ten times as much is nothing to wonder about."""
    return _SMALL * _UNIT.get(currency, _ANY_UNIT)


def series_of(told: Sequence[Told], terms: Terms, fetched_at: datetime) -> PriceSeries:
    """The series that an answer tells, in order; raises ``Unavailable`` with the reason.

    A price that is null is one that is not known so far.
    """
    known = [one for one in told if one.price is not None]
    if not known:
        raise Unavailable(f"{terms.source} has no prices for this time")
    if len(known) > _MOST_SLOTS:
        raise Unavailable(f"{terms.source} told far too many prices")
    meant, notes = in_utc([one.begins for one in known], terms.zone)
    step = _step([moment for moments in meant for moment in moments])
    slots, more = _in_order(_slots(known, meant, step, terms), terms)
    return PriceSeries(
        currency=terms.currency,
        source=terms.source,
        fetched_at=fetched_at,
        slots=tuple(slots),
        with_vat=terms.with_vat,
        notes=(*notes, *more),
    )


def price_of(told: object, terms: Terms) -> Decimal:
    """The price of a kWh, exactly; raises ``Unavailable`` for what is none."""
    price = _number(told)
    if price is None:
        raise Unavailable(f"{terms.source} told a price that is no number")
    with localcontext(prec=2 * _DIGITS):
        price = price * terms.factor
    if abs(price) > highest(terms.currency):
        raise Unavailable(
            f"{terms.source} told {price:.4g} {terms.currency} for a kWh, which cannot be"
        )
    return price


def _number(told: object) -> Decimal | None:
    """JSON's numbers and decimals in a string; no floats: what reads JSON makes decimals."""
    if isinstance(told, bool) or not isinstance(told, int | str | Decimal):
        return None
    try:
        number = Decimal(told)
    except InvalidOperation:
        return None
    if not number.is_finite() or len(number.as_tuple().digits) > _DIGITS:
        return None
    # Also keeps 1E+999999 from being written out.
    return number if abs(number.adjusted()) <= _DIGITS or not number else None


def _step(moments: Sequence[datetime]) -> timedelta:
    """How long a price holds where the source does not say: until the next, at the closest."""
    ordered = sorted(set(moments))
    return min((after - before for before, after in pairwise(ordered)), default=_HOUR)


def _slots(
    known: Sequence[Told], meant: Sequence[Moments], step: timedelta, terms: Terms
) -> Iterable[PriceSlot]:
    for one, moments in zip(known, meant, strict=True):
        price = price_of(one.price, terms)
        for begins in moments:
            # A local end says nothing that the next beginning does not say better.
            told_end = one.ends if one.ends is not None and one.ends.tzinfo is not None else None
            ends = told_end.astimezone(UTC) if told_end is not None else begins + step
            if not _SHORTEST <= ends - begins <= _LONGEST:
                raise Unavailable(f"{terms.source} told a price from {begins} to {ends}")
            yield PriceSlot(begins, ends, price)


def _in_order(slots: Iterable[PriceSlot], terms: Terms) -> tuple[list[PriceSlot], tuple[str, ...]]:
    """None over another; one that was told twice counts once."""
    ordered = sorted(slots, key=lambda slot: (slot.begins, slot.ends))
    unique = list(dict.fromkeys(ordered))
    for before, after in pairwise(unique):
        if before.ends > after.begins:
            raise Unavailable(f"{terms.source} told two prices for {after.begins:%Y-%m-%d %H:%M}Z")
    twice = len(ordered) - len(unique)
    return unique, (f"{twice} prices were told twice",) if twice else ()
