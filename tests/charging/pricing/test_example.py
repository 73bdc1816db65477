"""What a tariff would make of a charge that nobody has made."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from app.charging.errors import BadInput
from app.charging.pricing import Dimension, PriceComponent, Restrictions, TariffElement
from app.charging.pricing.example import Example, priced
from app.charging.pricing.stretches import UWH_PER_WH
from app.charging.pricing.tariff import Tariff

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LUNCH = Example(NOON, 20_000, 10_000, timedelta(minutes=40))
NIGHT = Restrictions(start_time=time(13), end_time=time(6))
TARIFF = Tariff(
    "t",
    1,
    "Day and night",
    "EUR",
    (
        TariffElement((PriceComponent(Dimension.ENERGY, Decimal("0.30")),), NIGHT),
        TariffElement(
            (
                PriceComponent(Dimension.ENERGY, Decimal("0.50")),
                PriceComponent(Dimension.FLAT, Decimal(1)),
                PriceComponent(Dimension.PARKING_TIME, Decimal(6)),
            )
        ),
    ),
    NOON,
    grace_s=600,
)


def test_two_prices_a_fee_and_standing() -> None:
    found = priced(TARIFF, LUNCH)
    energy = [i for i in found.items if i.dimension is Dimension.ENERGY]
    assert {(i.component.price, i.quantity // UWH_PER_WH, i.amount.incl_vat) for i in energy} == {
        (Decimal("0.50"), 10_000, Fraction(5)),
        (Decimal("0.30"), 10_000, Fraction(3)),
    }
    # 5 and 3 of energy, 1 once, half an hour of standing beyond the grace at 6
    assert found.total.incl_vat == Fraction(12)


@pytest.mark.parametrize(
    ("field", "example"),
    [
        ("energy_wh", replace(LUNCH, energy_wh=0)),
        ("energy_wh", replace(LUNCH, energy_wh=10**9)),
        ("power_w", replace(LUNCH, power_w=0)),
        ("power_w", replace(LUNCH, power_w=1)),
        ("standing_min", replace(LUNCH, standing=timedelta(days=3))),
    ],
)
def test_an_example_that_cannot_be(field: str, example: Example) -> None:
    with pytest.raises(BadInput) as refusal:
        priced(TARIFF, example)
    assert refusal.value.field == field
