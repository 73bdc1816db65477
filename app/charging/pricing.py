"""What a charge costs: the one place where energy and time become money.

Quote, live cost, session and receipt all call ``cost_msat``. The amount is exact ``Decimal``
until the end, then rounded down to the msat: in the driver's favour.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

from app.charging.money import Rate

WH_PER_KWH = 1000


@dataclass(frozen=True, slots=True)
class Tariff:
    """A flat price: so much per kWh, and a fee for the start where there is one.

    Prices include VAT, in ``currency`` (ISO 4217, or ``SAT``). ``version`` grows with each change,
    so that a quote can name what it was made from.
    """

    id: str
    version: int
    name: str
    currency: str
    price_per_kwh: Decimal
    start_fee: Decimal
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """What is priced: energy since the start."""

    energy_wh: int


def cost_msat(tariff: Tariff, rate: Rate, usage: Usage) -> int:
    """The cost so far, in msat, rounded down. Without energy there is no fee either."""
    if usage.energy_wh <= 0:
        return 0
    price = tariff.start_fee + tariff.price_per_kwh * usage.energy_wh / WH_PER_KWH
    return int((price * rate.msat_per_unit).to_integral_value(ROUND_FLOOR))


def affordable_wh(tariff: Tariff, rate: Rate, budget_msat: int) -> int | None:
    """The most energy whose cost is within the budget; None when energy is free of charge."""
    if tariff.price_per_kwh <= 0:
        return None
    left = Decimal(budget_msat + 1) / rate.msat_per_unit - tariff.start_fee
    if left <= 0:
        return 0
    # The cost is rounded down, so what costs just under budget + 1 msat is still within it.
    energy_wh = int((left * WH_PER_KWH / tariff.price_per_kwh).to_integral_value(ROUND_FLOOR))
    while energy_wh > 0 and cost_msat(tariff, rate, Usage(energy_wh)) > budget_msat:
        energy_wh -= 1
    return energy_wh
