"""Tariffs that cannot be priced are refused, with the reason and the place."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.charging.errors import BadInput
from app.charging.pricing import (
    WEEK,
    Dimension,
    PriceComponent,
    Reservation,
    Restrictions,
    TariffElement,
)
from app.charging.pricing.checking import Rules, check_elements
from app.charging.pricing.schedule import Schedule
from app.charging.pricing.stretches import UWH_PER_KWH, Doing, Piece, Stretch
from app.charging.pricing.wall_clock import SECOND_US, moment_us

RULES = Rules(places=4)
NIGHT: dict[str, Any] = {"start_time": time(22), "end_time": time(6)}
WEEKEND: dict[str, Any] = {"day_of_week": WEEK[5:]}


def element(
    price: str, kind: Dimension = Dimension.ENERGY, vat: str | None = None, **limits: Any
) -> TariffElement:
    component = PriceComponent(kind, Decimal(price), None if vat is None else Decimal(vat))
    return TariffElement((component,), Restrictions(**limits))


def refused(*elements: TariffElement, rules: Rules = RULES) -> BadInput:
    with pytest.raises(BadInput) as refusal:
        check_elements(elements, rules)
    return refusal.value


@pytest.mark.parametrize(
    "elements",
    [
        [element("0.45")],
        [element("0.30", **NIGHT), element("0.45")],
        [element("0.20", **NIGHT, **WEEKEND), element("0.30", **NIGHT), element("0.45")],
        [element("0.20", **NIGHT, **WEEKEND), element("0.25", **WEEKEND),
         element("0.30", **NIGHT), element("0.45")],
        [element("0.30", start_time=time(6), end_time=time(22)), element("0.45", **NIGHT)],
        [element("0.50", max_kwh=Decimal(20)), element("0.40", min_kwh=Decimal(20))],
        [element("0.60", start_date=date(2026, 12, 1), end_date=date(2027, 3, 1)),
         element("0.40")],
        # Christmas 2026 is a Friday: it and Mondays never meet.
        [element("0.60", start_date=date(2026, 12, 25), end_date=date(2026, 12, 26)),
         element("0.50", day_of_week=WEEK[:1]), element("0.40")],
        [element("3", Dimension.TIME)],
        [element("0.45"), element("6", Dimension.PARKING_TIME, **NIGHT)],
        [element("0.45"), element("1", Dimension.FLAT, reservation=Reservation.RESERVATION)],
        # Two that say the same may overlap.
        [element("0.30", **NIGHT), element("0.30", **WEEKEND), element("0.45")],
    ],
)  # fmt: skip
def test_what_can_be_priced(elements: list[TariffElement]) -> None:
    check_elements(elements, RULES)


@pytest.mark.parametrize(
    ("field", "reason", "elements"),
    [
        ("elements", "at least one", []),
        ("elements.0.price_components.0.price", "below 0", [element("-0.01")]),
        ("elements.0.price_components.0.price", "4 digits", [element("0.12345")]),
        ("elements.0.price_components.0.price", "like 0.45", [element("NaN")]),
        ("elements.0.price_components.0.vat", "percent", [element("1", vat="101")]),
        ("elements.0.price_components.1.type", "already",
         [TariffElement((PriceComponent(Dimension.ENERGY, Decimal(1)),) * 2)]),
        ("elements.0.price_components", "no price", [TariffElement(())]),
        ("elements.1.restrictions", "never applies", [element("0.45"), element("0.30", **NIGHT)]),
        ("elements.2.restrictions", "never applies",
         [element("0.4", min_kwh=Decimal(5)), element("0.4", max_kwh=Decimal(5)), element("0.3")]),
        ("elements.1.restrictions", "overlaps element 0",
         [element("0.30", **NIGHT), element("0.25", **WEEKEND), element("0.45")]),
        ("elements.1.restrictions", "overlaps element 0",
         [element("0.3", min_kwh=Decimal(5)), element("0.2", min_power=Decimal(5)),
          element("0.45")]),
        ("elements", "no price (Saturdays", [element("0.45", day_of_week=WEEK[:5])]),
        ("elements", "22:00 to 24:00", [element("0.45", start_time=time(6), end_time=time(22)),
                                        element("0.3", start_time=time(0), end_time=time(6))]),
        ("elements", "TIME has no price", [element("3", Dimension.TIME, max_duration=3600)]),
        ("elements", "nothing limits", [element("3", Dimension.FLAT)]),
        ("elements", "costs anything", [element("0")]),
        ("elements.0.restrictions.max_kwh", "above min_kwh",
         [element("1", min_kwh=Decimal(5), max_kwh=Decimal(5))]),
        ("elements.0.restrictions.end_date", "above",
         [element("1", start_date=date(2026, 2, 2), end_date=date(2026, 2, 1))]),
        ("elements.0.restrictions.end_time", "when it begins",
         [element("1", start_time=time(6), end_time=time(6))]),
        ("elements.0.restrictions.day_of_week", "once",
         [element("1", day_of_week=(WEEK[0], WEEK[0]))]),
        ("elements.0.restrictions.min_power", "above 0", [element("1", min_power=Decimal(-1))]),
        ("elements.0.restrictions.max_duration", "seconds", [element("1", max_duration=0)]),
        ("elements.0.restrictions.min_current", "not measured",
         [element("1", min_current=Decimal(5))]),
        ("elements.0.restrictions.begins", "price source",
         [element("1", begins=datetime(2026, 1, 1, tzinfo=UTC))]),
        ("elements", "at most 200",
         [element("1", min_kwh=Decimal(n), max_kwh=Decimal(n + 1)) for n in range(201)]),
        ("elements", "combinations",
         [element("1", min_kwh=Decimal(n + 1), min_power=Decimal(n + 1), min_duration=n + 1)
          for n in range(60)]),
    ],
)  # fmt: skip
def test_what_cannot(field: str, reason: str, elements: list[TariffElement]) -> None:
    refusal = refused(*elements)
    assert (refusal.field, reason in refusal.message) == (field, True), refusal.message


def test_free_on_purpose() -> None:
    free = Rules(4, free=True)
    check_elements([element("0")], free)
    check_elements([element("3", Dimension.FLAT)], free)
    assert "no price" in refused(element("0", **NIGHT), rules=free).message


def test_where_a_source_prices_energy_elements_do_not() -> None:
    beside = Rules(4, prices_energy=False)
    check_elements([], beside)
    check_elements([element("1", Dimension.FLAT)], beside)
    assert refused(element("1"), rules=beside).field == "elements.0.price_components.0.type"


# --- what passes can be priced --------------------------------------------------------------------

HOURS = st.builds(time, st.sampled_from((0, 6, 12, 22)))
DATES = st.sampled_from((date(2026, 3, 28), date(2026, 3, 29), date(2026, 4, 1)))


@st.composite
def limits(draw: st.DrawFn) -> Restrictions:
    maybe = st.none()
    low = draw(st.integers(1, 3))
    start, end = draw(st.tuples(maybe | HOURS, maybe | HOURS))
    first, last = draw(st.tuples(maybe | DATES, maybe | DATES))
    return Restrictions(
        start_time=start,
        end_time=end,
        start_date=first,
        end_date=last,
        day_of_week=tuple(draw(st.lists(st.sampled_from(WEEK), max_size=2, unique=True))),
        min_kwh=draw(maybe | st.just(Decimal(low))),
        max_kwh=draw(maybe | st.just(Decimal(low + 2))),
        min_duration=draw(maybe | st.just(low * 600)),
        max_power=draw(maybe | st.just(Decimal(low * 5))),
    )


def energy(restrictions: Restrictions, price: int) -> TariffElement:
    return TariffElement((PriceComponent(Dimension.ENERGY, Decimal(price)),), restrictions)


@given(
    st.lists(st.builds(energy, limits(), st.integers(0, 3)), max_size=3),
    st.booleans(),
    st.integers(0, 6 * 24 * 4),
    st.integers(0, 6),
    st.integers(0, 7000),
    st.integers(0, 20),
)  # fmt: skip
def test_what_passes_has_a_price_at_any_moment(
    elements: list[TariffElement], default: bool, quarter: int, kwh: int, ago_s: int, power_kw: int
) -> None:
    tariff = [*elements, element("1")] if default else elements
    try:
        check_elements(tariff, RULES)
    except BadInput:
        return
    at = datetime(2026, 3, 27, tzinfo=UTC) + timedelta(minutes=15 * quarter)
    begins, hour_us = moment_us(at), 3600 * SECOND_US
    line = Stretch(
        begins, begins + hour_us, kwh * UWH_PER_KWH, (kwh + power_kw) * UWH_PER_KWH, Doing.CHARGING
    )
    piece = Piece(begins, begins + 1, line.from_uwh, line.from_uwh + 1, line)
    found = dict(Schedule(tariff, "Europe/Berlin").prices(piece, begins - ago_s * SECOND_US))
    assert Dimension.ENERGY in found
