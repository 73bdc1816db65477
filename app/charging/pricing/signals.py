"""Prices that depend on a signal: solar surplus, the number of a grid tariff."""

from dataclasses import dataclass
from decimal import Decimal

from app.charging.errors import BadInput
from app.charging.pricing.checking import check_price

MOST_STEPS = 12
HIGHEST_SIGNAL = Decimal(1_000_000_000)
_LIMIT_A = range(6, 1001)
"""IEC 61851-1: a car is offered 6 A or nothing."""
_HOLDS_MIN = range(5, 24 * 60 + 1)


@dataclass(frozen=True, slots=True)
class SignalStep:
    """What a kWh costs while the signal is at or above a value, and below the next step's."""

    at_least: Decimal
    price: Decimal
    limit_a: int | None = None
    """How much current a charge may draw then, in ampere per phase; None: as much as it likes."""


@dataclass(frozen=True, slots=True)
class SignalRule:
    """While the signal is within a step, its price holds: for ``holds_min`` from the quote on.

    After that, below the lowest step, and while the signal is silent, the tariff's own price does.
    """

    source_id: str
    steps: tuple[SignalStep, ...]
    holds_min: int = 60

    def price_at(self, value: Decimal) -> Decimal | None:
        """The price at a value of the signal; None: the tariff's own."""
        step = self._step(value)
        return None if step is None else step.price

    def limit_at(self, value: Decimal) -> int | None:
        """The current at a value of the signal; None: no limit."""
        step = self._step(value)
        return None if step is None else step.limit_a

    def _step(self, value: Decimal) -> SignalStep | None:
        reached = [step for step in self.steps if step.at_least <= value]
        return max(reached, key=lambda step: step.at_least) if reached else None


def check_signal(rule: SignalRule, places: int) -> None:
    """Raise ``BadInput`` with the field of what cannot be."""
    if not rule.source_id:
        raise BadInput("choose one of your signals", field="signal.source_id")
    if not 1 <= len(rule.steps) <= MOST_STEPS:
        raise BadInput(f"from 1 to {MOST_STEPS} steps", field="signal.steps")
    for number, step in enumerate(rule.steps):
        place = f"signal.steps.{number}"
        if not step.at_least.is_finite() or abs(step.at_least) > HIGHEST_SIGNAL:
            raise BadInput("a number", field=f"{place}.at_least")
        check_price(step.price, places, f"{place}.price")
        if step.limit_a is not None and step.limit_a not in _LIMIT_A:
            raise BadInput(
                "from 6 to 1000 A: below that cars do not charge", field=f"{place}.limit_a"
            )
        if step.at_least in [each.at_least for each in rule.steps[:number]]:
            raise BadInput("each value once", field=f"{place}.at_least")
    if rule.holds_min not in _HOLDS_MIN:
        raise BadInput("from 5 minutes to 24 hours", field="signal.holds_min")
