"""Sampled values of 2.0.1: numbers, units with multipliers, phases, contexts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.edge_messages import Reading, Readings
from app.ocpp_edge.dialect import Answered
from app.ocpp_edge.v201.values import read_all
from tests.ocpp_edge.harness import NOON
from tests.ocpp_edge.v201.harness import REGISTER, Station, at, event

POWER = "Power.Active.Import"


def sample(value: object, measurand: str | None = None, **more: Any) -> dict[str, Any]:
    return {"value": value} | ({"measurand": measurand} if measurand else {}) | more


def unit(name: str | None = None, multiplier: int | None = None) -> dict[str, Any]:
    given = {"unit": name, "multiplier": multiplier}
    return {name: value for name, value in given.items() if value is not None}


def reading(*samples: dict[str, Any]) -> Reading:
    value = {"timestamp": at(), "sampledValue": list(samples)}
    _, said = Station().tells("MeterValues", evseId=3, meterValue=[value])
    [told] = said
    assert isinstance(told, Readings)
    assert (told.connector, told.transaction_id) == (3, None)
    [one] = told.readings
    return one


@pytest.mark.parametrize(
    ("value", "of", "energy_wh"),
    [
        (1234, None, 1234),
        (1234.6, unit("Wh"), 1235),
        (1.234, unit("kWh"), 1234),
        (1.234, unit("Wh", 3), 1234),
        (1234.0, unit("kWh", -3), 1234),
        (1234567, unit("Wh", 0), 1234567),
        (12.5, unit("KWH"), 12500),
        ("12.5", unit("kWh"), 12500),
        (0.4, unit("Wh"), 0),
    ],
)
def test_energy(value: object, of: dict[str, Any] | None, energy_wh: int) -> None:
    more = {} if of is None else {"unitOfMeasure": of}
    assert reading(sample(value, REGISTER, **more)) == Reading(NOON, energy_wh)
    assert reading(sample(value, None, **more)) == Reading(NOON, energy_wh)


def test_all_we_want_of_one_moment() -> None:
    assert reading(
        sample(100, REGISTER),
        sample(7, "Energy.Active.Export.Register"),
        sample(11.04, POWER, unitOfMeasure=unit("kW")),
        sample(57.4, "SoC", location="EV", unitOfMeasure=unit("Percent")),
        sample(16.0, "Current.Import", phase="L1", unitOfMeasure=unit("A")),
        sample(15.5, "Current.Import", phase="L2", unitOfMeasure=unit("A")),
        sample(230, "Voltage", phase="L1-N", unitOfMeasure=unit("V")),
        sample(232, "Voltage", phase="L2-N", unitOfMeasure=unit("V")),
        sample(50.0, "Frequency"),
    ) == Reading(NOON, 100, 11040, 57, 16000, 231000)


def test_phases_are_added_where_no_sum_is_told_and_the_usual_context_counts() -> None:
    assert reading(
        sample(3600, POWER, phase="L1"),
        sample(3700, POWER, phase="L2"),
        sample(1, POWER, phase="L3"),
        sample(1, REGISTER, context="Transaction.Begin"),
        sample(9, REGISTER, context="Sample.Periodic"),
    ) == Reading(NOON, 9, 7301)


@pytest.mark.parametrize("multiplier", [99, -99])
def test_a_multiplier_that_cannot_be_meant_is_no_value(multiplier: int) -> None:
    silly = sample(5, REGISTER, unitOfMeasure=unit("Wh", multiplier))
    assert reading(silly, sample(7, POWER)) == Reading(NOON, None, 7)


def test_nothing_wanted_is_nothing_said() -> None:
    value = {"timestamp": at(), "sampledValue": [sample(50.0, "Frequency")]}
    assert Station().says("MeterValues", evseId=1, meterValue=[value]) == Answered({})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
names = ["value", "measurand", "phase", "context", "location", "unitOfMeasure", "signedMeterValue"]
samples = st.dictionaries(st.sampled_from(names), json_values)
values = st.fixed_dictionaries(
    {}, optional={"timestamp": json_values, "sampledValue": json_values | st.lists(samples)}
)


@given(json_values | st.lists(values))
def test_no_meter_value_makes_an_end_fail(found: object) -> None:
    payload = event("Ended") | {"meterValue": found}
    assert Station().says("TransactionEvent", **payload).said is not None


@given(st.lists(samples))
def test_no_samples_raise_however_they_are_read(found: list[dict[str, Any]]) -> None:
    read_all([{"timestamp": at(), "sampledValue": found}], lambda _: NOON)
