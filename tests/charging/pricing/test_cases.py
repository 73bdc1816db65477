"""What others have printed that a charge costs, to the last figure they print."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest

from app.charging.pricing import total
from tests.charging.pricing.cases import STANDARD, TANDEMDRIVE, Case


@pytest.mark.parametrize("case", STANDARD + TANDEMDRIVE, ids=lambda case: case.name)
def test_costs_what_is_printed(case: Case) -> None:
    cost = total(case.tariff, case.tally())
    assert _shown(cost.excl_vat, case.places) == _shown(Fraction(case.excl_vat), case.places)
    assert _shown(cost.incl_vat, case.places) == _shown(Fraction(case.incl_vat), case.places)


def _shown(value: Fraction, places: int) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
