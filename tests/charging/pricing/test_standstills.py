"""A register that stands still: charging if it soon moves on, parking after the grace."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.charging.money import Rate
from app.charging.pricing import Dimension, Tally, begun, read, used_up
from app.charging.pricing.stretches import UWH_PER_WH
from tests.charging.pricing.cases import component, element, tariff

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
PRICED = tariff(
    element(component("TIME", "6"), component("PARKING_TIME", "12")), tax_included=True, grace_s=300
)
SAT_A_CENT = Rate("EUR", Decimal(100_000), "test", NOON)
"""A euro is a hundred sats."""


def counted(*told: tuple[int, int], grace_s: int = 300) -> dict[str, int]:
    """Seconds by dimension after registers (second, Wh)."""
    tally = _tally(*told, grace_s=grace_s)
    return {str(each.dimension): each.quantity // 1_000_000 for each in tally.counted}


def _tally(*told: tuple[int, int], grace_s: int = 300) -> Tally:
    tally = begun(NOON)
    priced = tariff(*PRICED.elements, tax_included=True, grace_s=grace_s)
    for second, wh in told:
        tally = read(priced, tally, NOON + timedelta(seconds=second), wh * UWH_PER_WH)
    return tally


def test_a_short_standstill_was_charging_once_the_register_moves() -> None:
    assert counted((60, 100), (360, 100)) == {"TIME": 60}, "not decided yet"
    assert counted((60, 100), (360, 100), (420, 200)) == {"TIME": 420}


def test_a_long_standstill_is_parking_after_the_grace() -> None:
    assert counted((60, 100), (361, 100)) == {"TIME": 60, "PARKING_TIME": 1}
    assert counted((60, 100), (960, 100), (1020, 200)) == {"TIME": 120, "PARKING_TIME": 600}


@pytest.mark.parametrize("between", [(200,), (359, 361), (360,), (100, 300, 500, 959)])
def test_how_often_it_is_told_makes_no_difference(between: tuple[int, ...]) -> None:
    told = ((60, 100), *((second, 100) for second in between), (960, 100), (1020, 200))
    assert counted(*told) == {"TIME": 120, "PARKING_TIME": 600}


def test_a_car_that_never_begins_is_parked_from_its_grace_on() -> None:
    assert counted((1200, 0)) == {"PARKING_TIME": 900}


def test_without_grace_every_second_counts() -> None:
    assert counted((60, 100), (120, 100), grace_s=0) == {"TIME": 60, "PARKING_TIME": 60}


def test_energy_told_within_one_moment_is_counted() -> None:
    priced = tariff(element(component("ENERGY", "1")))
    tally = read(priced, begun(NOON), NOON, 500 * UWH_PER_WH)
    assert [(each.dimension, each.quantity) for each in tally.counted] == [
        (Dimension.ENERGY, 500 * UWH_PER_WH)
    ]


def test_what_is_left_pays_for_standing_from_the_end_of_the_grace() -> None:
    tally = _tally((600, 1000))  # ten minutes at 6 an hour: 1 EUR
    forecast = used_up(PRICED, SAT_A_CENT, tally, 200_000, 0)
    assert forecast is not None, "1 EUR is left: five minutes at 12 an hour"
    assert forecast.at == NOON + timedelta(seconds=600 + 300 + 300)
