"""The plainest tariffs: one price per kWh, a fee for the start."""

from datetime import datetime
from decimal import Decimal

from app.charging.pricing.elements import Dimension, PriceComponent, TariffElement
from app.charging.pricing.tariff import Tariff


def plain_elements(
    price_per_kwh: Decimal, start_fee: Decimal = Decimal(0), vat: Decimal | None = None
) -> tuple[TariffElement, ...]:
    """One element with a price per kWh, and a fee where there is one."""
    energy = PriceComponent(Dimension.ENERGY, price_per_kwh, vat)
    fee = (PriceComponent(Dimension.FLAT, start_fee, vat),) if start_fee > 0 else ()
    return (TariffElement((energy, *fee)),)


def free_tariff(name: str, currency: str, at: datetime) -> Tariff:
    """A tariff under which nothing is charged."""
    return Tariff(name, 1, name, currency, plain_elements(Decimal(0)), at)
