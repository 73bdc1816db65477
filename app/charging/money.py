"""Money is integer msat, energy integer Wh, prices ``Decimal`` with a currency. No floats."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

MSAT_PER_SAT = 1000
SATS = "SAT"
"""The currency code of prices that are set in sats."""


def whole_units(amount_msat: int, unit_msat: int) -> int:
    """The largest multiple of ``unit_msat`` that is not above the amount."""
    return amount_msat - amount_msat % unit_msat


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency is worth in msat, where that was learnt, and when."""

    currency: str
    msat_per_unit: Decimal
    source: str
    at: datetime


SAT_MSAT = Decimal(MSAT_PER_SAT)


def sat_rate(at: datetime) -> Rate:
    """The rate of prices that are set in sats."""
    return Rate(SATS, SAT_MSAT, "by definition", at)
