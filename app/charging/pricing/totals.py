"""A tally as money: exact fractions, and one rounding at the very end.

Steps count once a session: for energy, and for parking where any was priced, else for time, each
with the step of the component that was last (OCPI 2.2.1 §10.3.1). The least and the most a session
may cost bind without and with VAT on their own (§11.3.1).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from app.charging.money import Rate
from app.charging.pricing.elements import Dimension
from app.charging.pricing.stretches import UWH_PER_KWH, UWH_PER_WH
from app.charging.pricing.tally import Counted, Tally
from app.charging.pricing.tariff import Price, Tariff
from app.charging.pricing.wall_clock import SECOND_US

UNIT = {
    Dimension.ENERGY: UWH_PER_KWH,
    Dimension.TIME: 3600 * SECOND_US,
    Dimension.PARKING_TIME: 3600 * SECOND_US,
    Dimension.FLAT: 1,
}
"""What a price is for, in the units in which quantities are counted."""
_STEP = {
    Dimension.ENERGY: UWH_PER_WH,
    Dimension.TIME: SECOND_US,
    Dimension.PARKING_TIME: SECOND_US,
}


@dataclass(frozen=True, slots=True)
class Amount:
    """Money without and with VAT, in the tariff's currency, exact."""

    excl_vat: Fraction = Fraction(0)
    incl_vat: Fraction = Fraction(0)

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.excl_vat + other.excl_vat, self.incl_vat + other.incl_vat)


NO_AMOUNT = Amount()


def total(tariff: Tariff, tally: Tally) -> Amount:
    """What the session costs so far."""
    sum_ = sum(by_dimension(tariff, tally).values(), NO_AMOUNT)
    if not tally.counted:
        return sum_
    low, high = tariff.min_price or Price(), tariff.max_price or Price()
    return Amount(
        _bound(sum_.excl_vat, low.excl_vat, high.excl_vat),
        _bound(sum_.incl_vat, low.incl_vat, high.incl_vat),
    )


def by_dimension(tariff: Tariff, tally: Tally) -> dict[Dimension, Amount]:
    """What each dimension costs, steps included, before the least and the most."""
    found: dict[Dimension, Amount] = {}
    for dimension, vat, price in priced(tally):
        found[dimension] = found.get(dimension, NO_AMOUNT) + amount_of(tariff, price, vat)
    return found


def amount_of(tariff: Tariff, price: Fraction, vat: Decimal | None) -> Amount:
    """What a price in the tariff's own terms is without and with VAT."""
    return Amount(_excl(tariff, price, vat), _incl(tariff, price, vat))


def priced(tally: Tally) -> Iterator[tuple[Dimension, Decimal | None, Fraction]]:
    """Price × quantity in the tariff's own terms, by dimension and percent of VAT; with steps."""
    extra = {counted.dimension: billed for counted, billed in steps(tally)}
    for counted in tally.counted:
        unit = UNIT[counted.dimension]
        for vat, amount in counted.amounts:
            yield counted.dimension, vat, Fraction(*amount.as_integer_ratio()) / unit
        more = extra.get(counted.dimension)
        if more:
            yield counted.dimension, counted.vat, Fraction(counted.price) * more / unit


def steps(tally: Tally) -> Iterator[tuple[Counted, int]]:
    """What is billed beyond what was counted, because prices go by steps."""
    counts = {counted.dimension: counted for counted in tally.counted}
    timed = counts.get(Dimension.PARKING_TIME) or counts.get(Dimension.TIME)
    for counted in (counts.get(Dimension.ENERGY), timed):
        if counted is not None and counted.step_size > 1:
            step = counted.step_size * _STEP[counted.dimension]
            yield counted, -counted.quantity % step


def cost_msat(tariff: Tariff, rate: Rate, tally: Tally) -> int:
    """What the session costs so far in msat, VAT included, rounded down."""
    cost = sum((_incl(tariff, price, vat) for _, vat, price in priced(tally)), Fraction(0))
    if tally.counted:
        low, high = tariff.min_price or Price(), tariff.max_price or Price()
        cost = _bound(cost, low.incl_vat, high.incl_vat)
    numerator, denominator = rate.msat_per_unit.as_integer_ratio()
    return cost.numerator * numerator // (cost.denominator * denominator)


def _excl(tariff: Tariff, price: Fraction, vat: Decimal | None) -> Fraction:
    return price / _factor(vat) if tariff.tax_included else price


def _incl(tariff: Tariff, price: Fraction, vat: Decimal | None) -> Fraction:
    return price if tariff.tax_included else price * _factor(vat)


def _factor(vat: Decimal | None) -> Fraction:
    return 1 + Fraction(vat or 0) / 100


def _bound(value: Fraction, low: Decimal | None, high: Decimal | None) -> Fraction:
    if low is not None:
        value = max(value, Fraction(low))
    return value if high is None else min(value, Fraction(high))
