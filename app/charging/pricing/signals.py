"""Prices that depend on a signal: solar surplus, the number of a grid tariff."""

from dataclasses import dataclass
from decimal import Decimal

from app.charging.errors import BadInput
from app.charging.pricing.checking import check_price

MOST_STEPS = 12
HIGHEST_SIGNAL = Decimal(1_000_000_000)
_HOLDS_MIN = range(5, 24 * 60 + 1)


@dataclass(frozen=True, slots=True)
class SignalStep:
    """What a kWh costs while the signal is at or above a value, and below the next step's."""

    at_least: Decimal
    price: Decimal


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
        reached = [step for step in self.steps if step.at_least <= value]
        return max(reached, key=lambda step: step.at_least).price if reached else None


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
        if step.at_least in [each.at_least for each in rule.steps[:number]]:
            raise BadInput("each value once", field=f"{place}.at_least")
    if rule.holds_min not in _HOLDS_MIN:
        raise BadInput("from 5 minutes to 24 hours", field="signal.holds_min")
