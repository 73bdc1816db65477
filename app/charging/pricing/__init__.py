"""What a charge costs: the one place where energy and time become money.

Quote, live cost, session, receipt and CDR all go through ``Tally`` and ``totals``. A tariff is in
OCPI's language; amounts are exact until the end and rounded down to the msat once, in the driver's
favour.
"""

from app.charging.pricing.elements import (
    ALWAYS,
    WEEK,
    DayOfWeek,
    Dimension,
    PriceComponent,
    Reservation,
    Restrictions,
    TariffElement,
)
from app.charging.pricing.plain import free_tariff, plain_elements
from app.charging.pricing.prediction import Forecast, estimated_msat, used_up
from app.charging.pricing.tally import Tally, begun, read
from app.charging.pricing.tariff import Price, Tariff
from app.charging.pricing.totals import cost_msat, total

WH_PER_KWH = 1000

__all__ = [
    "ALWAYS",
    "WEEK",
    "WH_PER_KWH",
    "DayOfWeek",
    "Dimension",
    "Forecast",
    "Price",
    "PriceComponent",
    "Reservation",
    "Restrictions",
    "Tally",
    "Tariff",
    "TariffElement",
    "begun",
    "cost_msat",
    "estimated_msat",
    "free_tariff",
    "plain_elements",
    "read",
    "total",
    "used_up",
]
