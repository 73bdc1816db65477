"""A charge taken apart: what each component of the tariff has cost, and nothing besides.

The items, the steps and what the least or the most adds or takes are exactly the total, from which
alone msat are made.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from app.charging.money import Rate
from app.charging.pricing.elements import Dimension, PriceComponent
from app.charging.pricing.replay import Reading, replayed
from app.charging.pricing.tally import Part, Tally
from app.charging.pricing.tariff import Tariff
from app.charging.pricing.totals import (
    NO_AMOUNT,
    UNIT,
    Amount,
    amount_of,
    cost_msat,
    steps,
    total,
)
from app.charging.pricing.wall_clock import moment


@dataclass(frozen=True, slots=True)
class Item:
    """What one component has cost: ``quantity`` in µWh, µs, or times, from ``begins`` to ``ends``.

    ``element`` is the number of the tariff's element; ``is_step`` where the quantity is not what
    was measured but what is billed beyond it, because the price goes by steps.
    """

    dimension: Dimension
    element: int
    component: PriceComponent
    quantity: int
    begins: datetime
    ends: datetime
    amount: Amount
    is_step: bool = False


@dataclass(frozen=True, slots=True)
class Vat:
    """Everything at one rate of VAT; None where no rate is stated."""

    percent: Decimal | None
    amount: Amount


@dataclass(frozen=True, slots=True)
class Itemised:
    """A charge as its receipt says it."""

    items: tuple[Item, ...]
    bound: Amount
    """What the tariff's least price adds, or its most takes away."""
    total: Amount
    tally: Tally

    @property
    def vat(self) -> tuple[Vat, ...]:
        """By rate; what a least or a most price adds has none of its own."""
        found: dict[Decimal | None, Amount] = {}
        for item in self.items:
            percent = item.component.vat
            found[percent] = found.get(percent, NO_AMOUNT) + item.amount
        if self.bound != NO_AMOUNT:
            found[None] = found.get(None, NO_AMOUNT) + self.bound
        return tuple(Vat(percent, found[percent]) for percent in sorted(found, key=_by_rate))


def itemised(tariff: Tariff, readings: Iterable[Reading]) -> Itemised | None:
    """What the readings cost under a tariff, the first being the register at the start; None
    without any."""
    heard: dict[tuple[Dimension, int, PriceComponent], list[Part]] = {}

    def tell(part: Part) -> None:
        key = (part.dimension, part.candidate.element, part.candidate.component)
        heard.setdefault(key, []).append(part)

    tally = replayed(tariff, readings, tell)
    if tally is None:
        return None
    items = [_item(tariff, key, parts) for key, parts in heard.items()]
    items += _steps(tariff, tally, items)
    sum_ = sum((item.amount for item in items), NO_AMOUNT)
    whole = total(tariff, tally)
    bound = Amount(whole.excl_vat - sum_.excl_vat, whole.incl_vat - sum_.incl_vat)
    return Itemised(tuple(items), bound, whole, tally)


def charged_msat(tariff: Tariff, rate: Rate, tally: Tally) -> int:
    """What a session is charged: as ``Session.cost_msat`` has it, nothing without energy."""
    return 0 if tally.energy_uwh == 0 else cost_msat(tariff, rate, tally)


def _item(tariff: Tariff, key: tuple[Dimension, int, PriceComponent], parts: list[Part]) -> Item:
    dimension, element, component = key
    quantity = sum(part.quantity for part in parts)
    begins = min(part.piece.begins_us for part in parts)
    ends = max(part.piece.ends_us for part in parts)
    amount = _amount(tariff, component, dimension, quantity)
    return Item(dimension, element, component, quantity, moment(begins), moment(ends), amount)


def _steps(tariff: Tariff, tally: Tally, items: list[Item]) -> list[Item]:
    """What is billed beyond what was counted, at the price that was last."""
    found = []
    for counted, beyond in steps(tally):
        if not beyond:
            continue
        last = max(
            (item for item in items if item.dimension is counted.dimension),
            key=lambda item: item.ends,
        )
        component = PriceComponent(counted.dimension, counted.price, counted.vat, counted.step_size)
        amount = _amount(tariff, component, counted.dimension, beyond)
        found.append(
            Item(
                counted.dimension,
                last.element,
                component,
                beyond,
                last.ends,
                last.ends,
                amount,
                is_step=True,
            )
        )
    return found


def _amount(
    tariff: Tariff, component: PriceComponent, dimension: Dimension, quantity: int
) -> Amount:
    price = Fraction(component.price) * quantity / UNIT[dimension]
    return amount_of(tariff, price, component.vat)


def _by_rate(percent: Decimal | None) -> Decimal:
    return Decimal(-1) if percent is None else percent
