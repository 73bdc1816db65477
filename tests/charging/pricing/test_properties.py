"""What holds of every tariff and every charge."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.charging.money import Rate
from app.charging.pricing import (
    WEEK,
    Dimension,
    Price,
    PriceComponent,
    Restrictions,
    Tally,
    Tariff,
    TariffElement,
    begun,
    cost_msat,
    read,
    used_up,
)
from app.charging.pricing.replay import replayed
from app.charging.pricing.stretches import UWH_PER_WH
from app.charging.session import MeterReading

RATE = Rate("EUR", Decimal("1047321.77"), "test", datetime(2026, 1, 1, tzinfo=UTC))
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
CHANGES = (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC))
"""Days on which the clocks of Berlin are changed."""


@dataclass(frozen=True)
class Told:
    """A register at a moment."""

    at: datetime
    meter_wh: int
    from_wh: int | None = None


@st.composite
def restrictions(draw: st.DrawFn) -> Restrictions:
    """Any that readings alone decide."""
    hours = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30)))
    maybe = st.none()
    low_kwh, low_s, low_kw = draw(st.tuples(*3 * [st.integers(0, 20)]))
    return Restrictions(
        start_time=draw(maybe | hours),
        end_time=draw(maybe | hours),
        day_of_week=tuple(draw(st.lists(st.sampled_from(WEEK), max_size=3, unique=True))),
        min_kwh=draw(maybe | st.just(Decimal(low_kwh))),
        max_kwh=draw(maybe | st.just(Decimal(low_kwh + 3))),
        min_duration=draw(maybe | st.just(low_s * 600)),
        max_duration=draw(maybe | st.just(low_s * 600 + 5000)),
        min_power=draw(maybe | st.just(Decimal(low_kw))),
        max_power=draw(maybe | st.just(Decimal(low_kw + 5))),
    )


def _components() -> st.SearchStrategy[tuple[PriceComponent, ...]]:
    one = st.builds(
        PriceComponent,
        st.sampled_from(Dimension),
        st.decimals("0", "9", places=4),
        st.none() | st.sampled_from((Decimal(0), Decimal("7.7"), Decimal(19))),
    )
    return st.lists(one, min_size=1, max_size=3, unique_by=lambda c: c.type).map(tuple)


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    """Any tariff without steps: they make what comes later cheaper, as the standard has it."""
    elements = draw(
        st.lists(st.builds(TariffElement, _components(), restrictions()), min_size=1, max_size=5)
    )
    low = draw(st.none() | st.decimals("0", "2", places=2))
    return Tariff(
        "t1",
        1,
        "Any",
        "EUR",
        tuple(elements),
        datetime(2026, 1, 1, tzinfo=UTC),
        time_zone=draw(st.sampled_from(ZONES)),
        tax_included=draw(st.booleans()),
        min_price=None if low is None else Price(low, low),
        max_price=None if low is None else Price(low * 9, low * 9),
        grace_s=draw(st.sampled_from((0, 300, 900))),
    )


@st.composite
def charges(draw: st.DrawFn) -> list[Told]:
    """Readings of a charge, often around a change of the clocks, with standstills in between."""
    at = draw(st.sampled_from(CHANGES)) + timedelta(seconds=draw(st.integers(-90_000, 90_000)))
    meter_wh = draw(st.integers(0, 10**6))
    readings = [Told(at, meter_wh)]
    for _ in range(draw(st.integers(1, 8))):
        at += timedelta(milliseconds=draw(st.integers(0, 4 * 3600 * 1000)))
        meter_wh += draw(st.just(0) | st.integers(0, 30_000))
        readings.append(Told(at, meter_wh))
    return readings


def _tally(tariff: Tariff, readings: list[Told]) -> Tally:
    tally = replayed(tariff, readings)
    assert tally is not None
    return tally


def _on_the_line(before: Told, after: Told, part: int) -> Told | None:
    """A reading that a straight line between two would have shown, if there is one."""
    steps = after.meter_wh - before.meter_wh
    passed_ms = (after.at - before.at) // timedelta(milliseconds=1)
    if steps == 0:
        return Told(before.at + timedelta(milliseconds=passed_ms * part // 100), before.meter_wh)
    wh = steps * part // 100
    exact_ms, rest = divmod(passed_ms * wh, steps)
    if rest or not 0 < wh < steps:
        return None
    return Told(before.at + timedelta(milliseconds=exact_ms), before.meter_wh + wh)


@given(tariffs(), charges(), st.integers(1, 99), st.integers(0, 7))
def test_splitting_readings_never_changes_the_price(
    tariff: Tariff, readings: list[Told], part: int, where: int
) -> None:
    where %= len(readings) - 1
    between = _on_the_line(readings[where], readings[where + 1], part)
    if between is None:
        after = readings[where]
        between = after  # told twice
    split = [*readings[: where + 1], between, *readings[where + 1 :]]
    assert _tally(tariff, split).counted == _tally(tariff, readings).counted


@given(tariffs(), charges())
def test_the_price_never_falls_as_energy_and_time_grow(
    tariff: Tariff, readings: list[Told]
) -> None:
    tally, before = begun(readings[0].at), 0
    for told in readings:
        energy_uwh = (told.meter_wh - readings[0].meter_wh) * UWH_PER_WH
        tally = read(tariff, tally, told.at, energy_uwh)
        now = cost_msat(tariff, RATE, tally)
        assert now >= before
        before = now


@given(tariffs(), charges())
def test_old_news_changes_nothing(tariff: Tariff, readings: list[Told]) -> None:
    tally = _tally(tariff, readings)
    for old in readings:
        energy_uwh = (old.meter_wh - readings[0].meter_wh) * UWH_PER_WH
        assert read(tariff, tally, old.at, energy_uwh) == tally


@given(tariffs(), charges())
def test_dearer_never_costs_less(tariff: Tariff, readings: list[Told]) -> None:
    dearer = replace(tariff, elements=tuple(_doubled(element) for element in tariff.elements))
    tally, double = _tally(tariff, readings), _tally(dearer, readings)
    assert cost_msat(dearer, RATE, double) >= cost_msat(tariff, RATE, tally)


def _doubled(element: TariffElement) -> TariffElement:
    components = element.price_components
    return replace(
        element, price_components=tuple(replace(c, price=c.price * 2) for c in components)
    )


# No power is one at which a restriction begins: a Wh less would be another price of the whole way.
@given(tariffs(), charges(), st.integers(0, 10**8), st.sampled_from((0, 3700, 11_040, 150_500)))
def test_what_is_foreseen_comes_to_pass(
    tariff: Tariff, readings: list[Told], budget_msat: int, power_w: int
) -> None:
    tally = _tally(tariff, readings)
    if cost_msat(tariff, RATE, tally) > budget_msat:
        return
    forecast = used_up(tariff, RATE, tally, budget_msat, power_w)
    if forecast is None:
        return
    ahead_us = (forecast.at - tally.seen_at) // timedelta(microseconds=1)
    then_uwh = tally.energy_uwh + power_w * max(ahead_us, 0) // 3600
    within = read(tariff, tally, forecast.at, then_uwh)
    assert cost_msat(tariff, RATE, within) <= budget_msat
    if power_w > 0:
        to_come_uwh = forecast.energy_wh * UWH_PER_WH - tally.energy_uwh
        reached = tally.seen_at + timedelta(microseconds=max(to_come_uwh, 0) * 3600 // power_w)
        full = read(tariff, tally, reached, forecast.energy_wh * UWH_PER_WH)
        assert cost_msat(tariff, RATE, full) <= budget_msat
    else:
        later = read(tariff, tally, forecast.at + timedelta(seconds=2), tally.energy_uwh)
        assert cost_msat(tariff, RATE, later) > budget_msat


def test_a_register_that_was_reset_goes_on_counting() -> None:
    """Replayed as it was counted."""
    tariff = Tariff(
        "t1",
        1,
        "Day",
        "EUR",
        (TariffElement((PriceComponent(Dimension.ENERGY, Decimal("0.5")),)),),
        RATE.at,
    )
    moments = [RATE.at + timedelta(minutes=10 * n) for n in range(6)]
    shown = (5000, 6000, 100, 300, 250, None)
    readings = [MeterReading(at, wh) for at, wh in zip(moments, shown, strict=True)]
    tally = replayed(tariff, readings)
    assert tally is not None
    assert tally.energy_uwh == 1200 * UWH_PER_WH


EVERYTHING = TariffElement(
    tuple(PriceComponent(dimension, Decimal(1)) for dimension in Dimension if dimension != "FLAT")
)


@given(tariffs(), charges())
def test_every_wh_and_every_moment_is_counted_once(tariff: Tariff, readings: list[Told]) -> None:
    whole = replace(tariff, elements=(*tariff.elements, EVERYTHING), grace_s=0)
    tally = _tally(whole, readings)
    counted = {each.dimension: each.quantity for each in tally.counted}
    assert counted.get(Dimension.ENERGY, 0) == tally.energy_uwh
    passed_us = (tally.seen_at - tally.started_at) // timedelta(microseconds=1)
    timed = counted.get(Dimension.TIME, 0) + counted.get(Dimension.PARKING_TIME, 0)
    assert timed == passed_us
