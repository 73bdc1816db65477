"""The model of car and meter, without a network."""

from hypothesis import given
from hypothesis import strategies as some

from app.simulator.core.battery import Battery
from app.simulator.core.meter import Meter

HOUR_MS = 3_600_000


def test_an_hour_at_a_kilowatt_is_a_kilowatt_hour() -> None:
    meter = Meter(500)
    meter.advance(HOUR_MS, offered_w=1_000, battery=Battery())
    assert meter.register_wh == 1_500


def test_a_nearly_full_battery_takes_less_and_then_nothing() -> None:
    battery, meter = Battery(capacity_wh=10_000, soc_percent=90), Meter()
    assert battery.draws_w(10_000) == 5_000
    meter.advance(10 * HOUR_MS, offered_w=10_000, battery=battery)
    assert meter.register_wh == 1_000
    assert battery.soc_percent == 100
    assert battery.draws_w(10_000) == 0


def test_a_limit_in_the_car_is_met_to_the_wh() -> None:
    battery, meter = Battery(needs_wh=1_234), Meter(7)
    for _ in range(100):
        meter.advance(123_457, offered_w=11_000, battery=battery)
    assert meter.register_wh == 1_241
    assert not battery.wants_energy


@given(steps=some.lists(some.tuples(some.integers(0, 10_000_000), some.integers(0, 400_000))))
def test_the_register_never_falls_and_the_battery_never_overflows(
    steps: list[tuple[int, int]],
) -> None:
    battery, meter = Battery(capacity_wh=20_000, soc_percent=10), Meter()
    before = 0
    for elapsed_ms, offered_w in steps:
        meter.advance(elapsed_ms, offered_w=offered_w, battery=battery)
        assert before <= meter.register_wh <= 18_000
        before = meter.register_wh
