"""A price that can be charged, as it is locked into a quote (OCPI 2.2.1 §11.3)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from app.charging.pricing.elements import Dimension, PriceComponent, TariffElement
from app.charging.pricing.schedule import Schedule

GRACE_S = 300
"""A register that stands still for less has not shown that charging is over: meters that count in
tenths of a kWh move every few minutes."""


@dataclass(frozen=True, slots=True)
class Price:
    """An amount without and with VAT; None where only the other is stated."""

    excl_vat: Decimal | None = None
    incl_vat: Decimal | None = None


@dataclass(frozen=True)  # without slots: the schedule is kept with the tariff it was made from
class Tariff:
    """A price that can be charged: everything known, nothing left to ask.

    Prices include VAT where ``tax_included`` says so (as OCPI 2.3.0 has it). ``currency`` is
    ISO 4217 or ``SAT``; ``version`` grows with each change, so that a quote can name what it was
    made from. ``time_zone`` is the location's. ``grace_s`` is for how long the car may stand
    without charging before ``PARKING_TIME`` is counted.
    """

    id: str
    version: int
    name: str
    currency: str
    elements: tuple[TariffElement, ...]
    created_at: datetime
    time_zone: str = "UTC"
    tax_included: bool = True
    min_price: Price | None = None
    max_price: Price | None = None
    grace_s: int = GRACE_S
    source: str = ""
    """Who told the prices of elements with ``begins`` and ``ends``: a price source's name."""

    @cached_property
    def schedule(self) -> Schedule:
        """The elements, found by moment."""
        return Schedule(self.elements, self.time_zone)

    def components(self, dimension: Dimension) -> tuple[PriceComponent, ...]:
        """Every price of a dimension for charging, in order."""
        return tuple(
            component
            for element in self.elements
            if element.restrictions.reservation is None
            for component in element.price_components
            if component.type is dimension
        )

    @property
    def price_per_kwh(self) -> Decimal:
        """The price of energy where nothing restricts it; 0 where there is none."""
        return self._plain(Dimension.ENERGY)

    @property
    def start_fee(self) -> Decimal:
        """The fee for a charge where nothing restricts it; 0 where there is none."""
        return self._plain(Dimension.FLAT)

    def _plain(self, dimension: Dimension) -> Decimal:
        prices = [component.price for component in self.components(dimension)]
        return prices[-1] if prices else Decimal(0)

    @property
    def prices_parking(self) -> bool:
        """Whether standing without charging ever costs anything."""
        return any(component.price > 0 for component in self.components(Dimension.PARKING_TIME))
