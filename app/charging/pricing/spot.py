"""Prices that follow a market: what a source says of each hour becomes elements of a tariff."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from app.charging.errors import BadInput
from app.charging.pricing.checking import HIGHEST_PRICE, check_price
from app.charging.pricing.elements import (
    Dimension,
    PriceComponent,
    Restrictions,
    TariffElement,
)

_MOST_FACTOR = 100


@dataclass(frozen=True, slots=True)
class SpotRule:
    """Price of a kWh = what a price source says × ``factor`` + ``adder``, within floor and ceiling.

    All of them are prices of the tariff: with VAT where its prices include VAT. What a source says
    is first made such a price. ``fallback`` holds where the source says nothing.
    """

    source_id: str
    fallback: Decimal
    factor: Decimal = Decimal(1)
    adder: Decimal = Decimal(0)
    floor: Decimal = Decimal(0)
    ceiling: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A price of a kWh that holds from one moment (UTC) up to another."""

    begins: datetime
    ends: datetime
    price: Decimal


@dataclass(frozen=True, slots=True)
class Vat:
    """VAT in percent, None for none: whether the tariff's prices have it, and the source's."""

    percent: Decimal | None
    tariff_has_it: bool
    source_has_it: bool

    @property
    def factor(self) -> Fraction:
        """From the source's price to one of the tariff's kind."""
        factor = 1 + Fraction(self.percent or 0) / 100
        if self.tariff_has_it == self.source_has_it:
            return Fraction(1)
        return factor if self.tariff_has_it else 1 / factor


def spot_price(told: Decimal, rule: SpotRule, vat: Vat, places: int) -> Decimal:
    """The price of a kWh when a source says ``told``, rounded down to so many places."""
    exact = Fraction(told) * vat.factor * Fraction(rule.factor) + Fraction(rule.adder)
    exact = max(exact, Fraction(rule.floor))
    if rule.ceiling is not None:
        exact = min(exact, Fraction(rule.ceiling))
    return Decimal(int(exact * 10**places // 1)).scaleb(-places)


def merged(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """Neighbours with one price as one slot."""
    found = list[Slot]()
    for slot in slots:
        last = found[-1] if found else None
        if last is not None and (last.ends, last.price) == (slot.begins, slot.price):
            found[-1] = Slot(last.begins, slot.ends, slot.price)
        else:
            found.append(slot)
    return tuple(found)


def curve_elements(
    slots: Sequence[Slot], fallback: Decimal, vat: Decimal | None
) -> tuple[TariffElement, ...]:
    """An element for each slot, and at the end the one that holds at any other time."""
    usual = PriceComponent(Dimension.ENERGY, fallback, vat)
    return (*slot_elements(slots, vat), TariffElement((usual,)))


def slot_elements(slots: Sequence[Slot], vat: Decimal | None) -> tuple[TariffElement, ...]:
    """An element for each slot."""
    return tuple(
        TariffElement(
            (PriceComponent(Dimension.ENERGY, slot.price, vat),),
            Restrictions(begins=slot.begins, ends=slot.ends),
        )
        for slot in slots
    )


def check_rule(rule: SpotRule, places: int, *, free: bool = False) -> None:
    """Raise ``BadInput`` with the field of what cannot be."""
    if not rule.source_id:
        raise BadInput("choose one of your price sources", field="spot.source_id")
    if not rule.factor.is_finite() or not 0 < rule.factor <= _MOST_FACTOR:
        raise BadInput(f"more than 0, at most {_MOST_FACTOR}", field="spot.factor")
    if rule.factor != round(rule.factor, 4):
        raise BadInput("at most 4 digits after the point", field="spot.factor")
    _check_adder(rule.adder, places)
    check_price(rule.fallback, places, "spot.fallback")
    if rule.fallback == 0 and not free:
        raise BadInput("more than 0, or nothing limits a charge", field="spot.fallback")
    check_price(rule.floor, places, "spot.floor")
    if rule.ceiling is not None:
        check_price(rule.ceiling, places, "spot.ceiling")
        if rule.ceiling < rule.floor:
            raise BadInput("the highest price is below the lowest", field="spot.ceiling")


def _check_adder(adder: Decimal, places: int) -> None:
    if not adder.is_finite() or abs(adder) > HIGHEST_PRICE:
        raise BadInput("a price, like 0.12; with a minus it is taken off", field="spot.adder")
    check_price(abs(adder), places, "spot.adder")
