"""MeterValues as charge points send them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.edge_messages import Reading, SignedReading
from app.ocpp_edge.dialect import Answered
from tests.ocpp_edge.harness import NOON
from tests.ocpp_edge.v16.harness import receive, said

TIME = "2026-03-01T12:00:00Z"
POWER = "Power.Active.Import"


def sample(value: object, measurand: str | None = None, **more: Any) -> dict[str, Any]:
    return {"value": value} | ({"measurand": measurand} if measurand else {}) | more


def reading(*samples: dict[str, Any]) -> Reading:
    heard = said(
        "MeterValues",
        connectorId=1,
        transactionId=7,
        meterValue=[{"timestamp": TIME, "sampledValue": list(samples)}],
    )
    (one,) = heard.readings
    assert isinstance(one, Reading)
    return one


def test_a_value_without_measurand_is_the_energy_register_in_wh() -> None:
    assert reading(sample("1234")) == Reading(NOON, energy_wh=1234)


@pytest.mark.parametrize(
    ("value", "unit", "energy_wh"),
    [
        ("1.234", "kWh", 1234),
        ("1234", "Wh", 1234),
        ("1234.6", "Wh", 1235),
        ("0.0004", "kWh", 0),
        ("1234567.891", "kWh", 1234567891),
        ("12,5", "kWh", 12500),
        (" 12 ", "Wh", 12),
        ("1.2E3", "Wh", 1200),
        (1234, "Wh", 1234),
        (1.5, "kWh", 1500),
        ("7", "KWH", 7000),
    ],
)
def test_units_and_ways_to_write_numbers(value: object, unit: str, energy_wh: int) -> None:
    assert reading(sample(value, unit=unit)).energy_wh == energy_wh


@pytest.mark.parametrize("value", ["", "NaN", "inf", "-inf", "1e999999", "x", "0x1F", None])
def test_what_is_no_number_is_passed_over(value: object) -> None:
    assert reading(sample(value or "", POWER), sample("5")) == Reading(NOON, energy_wh=5)


def test_all_we_want_of_one_moment() -> None:
    assert reading(
        sample("100", "Energy.Active.Import.Register", unit="Wh"),
        sample("11.04", POWER, unit="kW"),
        sample("57", "SoC", unit="Percent", location="EV"),
        sample("16.0", "Current.Import", unit="A", phase="L1"),
        sample("15.5", "Current.Import", unit="A", phase="L2"),
        sample("230", "Voltage", unit="V", phase="L1-N"),
        sample("232", "Voltage", unit="V", phase="L2-N"),
        sample("50", "Frequency"),
        sample("9", "Energy.Active.Export.Register", unit="Wh"),
    ) == Reading(NOON, 100, 11040, 57, 16000, 231000)


def test_the_value_for_all_phases_is_preferred() -> None:
    assert (
        reading(
            sample("3600", POWER, phase="L1"),
            sample("11000", POWER),
            sample("3700", POWER, phase="L2"),
        ).power_w
        == 11000
    )


def test_else_phases_are_added_each_wire_once() -> None:
    assert (
        reading(
            sample("3600", POWER, phase="L1"),
            sample("3600", POWER, phase="L1-N"),
            sample("3700", POWER, phase="L2"),
            sample("3800", POWER, phase="L3"),
            sample("1", POWER, phase="N"),
        ).power_w
        == 11100
    )


def test_sampled_values_are_preferred_to_other_contexts() -> None:
    begin = sample("100", context="Transaction.Begin")
    clock = sample("200", context="Sample.Clock")
    periodic = sample("300", context="Sample.Periodic")
    assert reading(begin, clock, periodic).energy_wh == 300
    assert reading(clock, begin).energy_wh == 200
    assert reading(begin, sample("150", context="Transaction.End")).energy_wh == 150
    assert reading(begin, sample("160", context="Of.My.Own")).energy_wh == 100


def test_the_outlet_is_preferred_to_the_inlet() -> None:
    assert reading(sample("110", location="Inlet"), sample("100", location="Outlet")) == Reading(
        NOON, energy_wh=100
    )


def test_signed_data_is_no_number() -> None:
    assert reading(sample("5"), sample("77", format="SignedData")).energy_wh == 5


@pytest.mark.parametrize("transaction_id", [0, -1, None])
def test_transaction_ids_that_are_none(transaction_id: int | None) -> None:
    heard = said(
        "MeterValues",
        connectorId=1,
        transactionId=transaction_id,
        meterValue=[{"timestamp": TIME, "sampledValue": [{"value": "1"}]}],
    )
    assert heard.transaction_id is None


@pytest.mark.parametrize("meter_value", [[], [{"timestamp": TIME, "sampledValue": []}]])
def test_readings_that_say_nothing_are_acknowledged(meter_value: list[Any]) -> None:
    assert receive("MeterValues", connectorId=1, meterValue=meter_value) == Answered({})


def test_several_moments_stay_in_order() -> None:
    values = [{"timestamp": TIME, "sampledValue": [{"value": str(n)}]} for n in (3, 1, 2)]
    heard = said("MeterValues", connectorId=1, meterValue=values)
    assert [one.energy_wh for one in heard.readings] == [3, 1, 2]


samples = st.fixed_dictionaries(
    {"value": st.text(max_size=12) | st.floats().map(str)},
    optional={
        "measurand": st.sampled_from(["SoC", "Voltage", POWER, "Nonsense"]),
        "unit": st.sampled_from(["Wh", "kWh", "V", "", "%"]),
        "phase": st.sampled_from(["L1", "N", "L1-L2", "?"]),
        "context": st.text(max_size=3),
        "location": st.text(max_size=3),
    },
)


@given(st.lists(samples, max_size=8))
def test_no_samples_raise(found: list[dict[str, Any]]) -> None:
    receive("MeterValues", connectorId=1, meterValue=[{"timestamp": TIME, "sampledValue": found}])


OCMF = 'OCMF|{"FV":"1.0","RD":[{"RV":12.5,"RU":"kWh"}]}|{"SD":"3045"}'


@pytest.mark.parametrize(
    "signed",
    [
        {"value": OCMF, "format": "SignedData", "context": "Transaction.End"},
        {"value": OCMF, "context": "Transaction.End"},
        {
            "value": OCMF,
            "format": "SignedData",
            "measurand": "Energy.Active.Import.Register",
            "context": "Transaction.End",
        },
        {"value": OCMF, "measurand": "Energy.Active.Export.Register", "context": "Transaction.End"},
    ],
)
def test_what_the_meter_signed_is_kept_word_for_word(signed: dict[str, Any]) -> None:
    samples = [sample("12500"), signed]
    value = {"timestamp": TIME, "sampledValue": samples}
    heard = said("MeterValues", connectorId=1, transactionId=7, meterValue=[value])
    assert heard.readings == (Reading(NOON, energy_wh=12500),)
    assert heard.signed == (SignedReading(NOON, OCMF, "Transaction.End"),)
    alone = {"timestamp": TIME, "sampledValue": [signed]}
    only = said("MeterValues", connectorId=1, transactionId=7, meterValue=[alone])
    assert (only.readings, len(only.signed)) == ((), 1)
