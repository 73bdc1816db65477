"""Rates that somebody has written down: for the sandbox, for tests, for a closed circle at home."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.charging.errors import Unavailable
from app.charging.money import Rate
from app.charging.ports import Clock


@dataclass(frozen=True, slots=True)
class FixedRates:
    """Currency → msat for one unit of it."""

    msat_per_unit: Mapping[str, Decimal]
    clock: Clock
    name: str = "fixed rate"

    async def fetch(self, currency: str) -> Rate:
        """The rate that was written down; raises ``Unavailable`` where there is none."""
        value = self.msat_per_unit.get(currency)
        if value is None:
            raise Unavailable(f"There is no fixed rate for {currency}.")
        return Rate(currency, value, self.name, self.clock.now())
