"""StatusNotification and NotifyEvent: coarser words than 1.6 has, and how they become finer."""

from __future__ import annotations

from typing import Any

import pytest

from app.edge_messages import ConnectorStatus
from tests.ocpp_edge.harness import NOON
from tests.ocpp_edge.v201.harness import Station, at


def status(station: Station, word: str, evse: int = 1, seconds: float = 0) -> ConnectorStatus:
    told: dict[str, Any] = {"connectorStatus": word, "evseId": evse, "connectorId": 1}
    _, said = station.tells("StatusNotification", timestamp=at(seconds), **told)
    [one] = said
    assert isinstance(one, ConnectorStatus)
    return one


def notify(station: Station, *events: dict[str, Any]) -> list[Any]:
    answer, said = station.tells(
        "NotifyEvent", generatedAt=at(), seqNo=0, eventData=list(events) or [happening()]
    )
    assert answer == {}
    return said


def happening(
    component: str = "Connector",
    variable: str = "AvailabilityState",
    value: str = "Occupied",
    evse: int | None = 2,
    **more: Any,
) -> dict[str, Any]:
    place = {} if evse is None else {"evse": {"id": evse, "connectorId": 1}}
    return {
        "eventId": 1,
        "timestamp": at(),
        "trigger": "Delta",
        "actualValue": value,
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": component, **place},
        "variable": {"name": variable},
        **more,
    }


@pytest.mark.parametrize("word", ["Available", "Reserved", "Unavailable"])
def test_the_words_that_both_versions_have(word: str) -> None:
    assert status(Station(), word) == ConnectorStatus(1, word, "NoError", NOON)


def test_a_fault_has_an_error_code() -> None:
    assert status(Station(), "Faulted") == ConnectorStatus(1, "Faulted", "OtherError", NOON)


def test_what_ended_before_the_car_had_gone_and_is_told_after_it_leaves_the_evse_free() -> None:
    """After a new connection the statuses come first, and then what had to wait."""
    station = Station()
    station.event("Started", evse=1, token="t", wh=0, chargingState="Charging")
    status(station, "Available", seconds=30)
    for kind, seconds in (("Updated", 10), ("Ended", 20)):
        _, said = station.event(kind, seconds=seconds, chargingState="EVConnected")
        assert not [each for each in said if isinstance(each, ConnectorStatus)]
    assert status(station, "Occupied", seconds=60).status == "Preparing"
    station.event("Started", name="next", evse=1, token="t", seconds=70, chargingState="Charging")
    assert status(station, "Occupied", seconds=80).status == "Charging"


def test_occupied_is_plugged_in_then_what_the_transaction_does_then_finishing() -> None:
    station = Station()
    assert status(station, "Occupied").status == "Preparing"
    station.event("Started", evse=1, token="t", wh=0, chargingState="Charging")
    assert status(station, "Occupied").status == "Charging"
    assert status(station, "Occupied", evse=2).status == "Preparing"
    station.event("Ended", wh=1)
    assert status(station, "Occupied").status == "Finishing"
    assert status(station, "Available").status == "Available"
    assert status(station, "Occupied").status == "Preparing"


def test_occupied_after_the_start_of_a_transaction_says_what_that_does() -> None:
    station = Station()
    status(station, "Available")
    _, said = station.event("Started", evse=1, token="t", wh=0, chargingState="EVConnected")
    assert [one.status for one in said if isinstance(one, ConnectorStatus)] == ["Preparing"]
    assert status(station, "Occupied").status == "Preparing"


def test_an_unusual_word_is_passed_on() -> None:
    assert status(Station(), "occupied").status == "Preparing"
    assert status(Station(), "Sleeping").status == "Sleeping"


# --- the device model -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("component", "evse", "connector"),
    [("Connector", 2, 2), ("EVSE", 3, 3), ("ChargingStation", None, 0)],
)
def test_availability_may_come_as_an_event(
    component: str, evse: int | None, connector: int
) -> None:
    [said] = notify(Station(), happening(component, value="Unavailable", evse=evse))
    assert said == ConnectorStatus(connector, "Unavailable", "NoError", NOON)


@pytest.mark.parametrize(
    ("component", "code"),
    [
        ("ConnectorPlugRetentionLock", "ConnectorLockFailure"),
        ("RCD", "GroundFailure"),
        ("FiscalMetering", "PowerMeterFailure"),
        ("Toaster", "OtherError"),
    ],
)
def test_a_problem_is_told_beside_the_status_until_it_is_over(component: str, code: str) -> None:
    station = Station()
    status(station, "Occupied", evse=2)
    [said] = notify(station, happening(component, "Problem", "true", techCode="E7", techInfo="hot"))
    assert said == ConnectorStatus(2, "Preparing", code, NOON, f"{component} E7 hot")
    [said] = notify(station, happening(component, "Problem", "false"))
    assert said == ConnectorStatus(2, "Preparing", "NoError", NOON)


def test_a_fault_that_follows_a_problem_has_its_code() -> None:
    station = Station()
    notify(station, happening("RCD", "Problem", "true"))
    assert status(station, "Faulted", evse=2).error_code == "GroundFailure"
    assert status(station, "Available", evse=2).error_code == "NoError"


def test_other_events_are_acknowledged_and_several_are_taken_at_once() -> None:
    assert notify(Station(), happening("Connector", "Temperature", "31.5")) == []
    told = notify(Station(), happening(evse=1), happening("Fan", "Speed", "3"), happening(evse=2))
    assert [one.connector for one in told] == [1, 2]
