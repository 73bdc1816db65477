"""As strict as real charge points allow, and the right code for the rest."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from app.edge_messages import ConnectorStatus, TransactionStarted, TransactionStopped
from app.ocpp_edge.errors import CallRefused, ErrorCode
from tests.ocpp_edge.harness import NOON
from tests.ocpp_edge.v16.harness import counters, receive, said

START: dict[str, Any] = {
    "connectorId": 1,
    "idTag": "tag",
    "meterStart": 100,
    "timestamp": "2026-03-01T12:00:00Z",
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"reservationId": None},
        {"connectorId": "1"},
        {"connectorId": 1.0},
        {"meterStart": "100"},
        {"meterStart": "100.0"},
        {"meterStart": 100.4},
        {"extra": {"deep": []}},
        {"idTag": " tag "},
        {"ConnectorID": 1, "connectorId": 1},
    ],
)
def test_a_start_with_small_faults_is_the_same_start(changes: dict[str, Any]) -> None:
    written = "2026-03-01T12:00:00Z"
    assert said("StartTransaction", **START | changes) == TransactionStarted(
        1, "tag", 100, NOON, None, written
    )


def test_a_field_in_the_wrong_case_is_found() -> None:
    payload = {key: value for key, value in START.items() if key != "idTag"} | {"idtag": "tag"}
    assert said("StartTransaction", **payload).id_tag == "tag"


def test_a_time_that_had_to_be_guessed_keeps_what_was_written() -> None:
    heard = said("StartTransaction", **START | {"timestamp": "1970-01-01T00:00:00Z"})
    assert heard.at == NOON
    assert heard.timestamp == "1970-01-01T00:00:00Z"


def test_an_id_tag_that_was_appended_to_is_soft() -> None:
    before = counters["soft_errors"]
    assert said("StartTransaction", **START | {"idTag": "x" * 22}).id_tag == "x" * 22
    assert counters["soft_errors"] == before + 1


def test_words_nobody_knows_are_handed_on() -> None:
    heard = said("StatusNotification", connectorId=1, errorCode="Odd", status="charging")
    assert heard == ConnectorStatus(1, "Charging", "Odd", NOON)


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("StartTransaction", {}, ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION),
        (
            "StartTransaction",
            START | {"meterStart": "much"},
            ErrorCode.TYPE_CONSTRAINT_VIOLATION,
        ),
        (
            "StartTransaction",
            START | {"meterStart": True},
            ErrorCode.TYPE_CONSTRAINT_VIOLATION,
        ),
        ("BootNotification", {"chargePointVendor": None}, ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION),
        ("Authorize", {"idTag": []}, ErrorCode.TYPE_CONSTRAINT_VIOLATION),
        (
            "MeterValues",
            {"connectorId": 1, "meterValue": [{"timestamp": "x", "sampledValue": [{}]}]},
            ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
        ),
        ("Reset", {"type": "Soft"}, ErrorCode.NOT_SUPPORTED),
        ("Heartbeats", {}, ErrorCode.NOT_IMPLEMENTED),
        ("../secrets", {}, ErrorCode.NOT_IMPLEMENTED),
    ],
)
def test_hard_errors_have_their_code(action: str, payload: Any, code: ErrorCode) -> None:
    with pytest.raises(CallRefused) as refused:
        receive(action, **payload)
    assert refused.value.code is code


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"transactionId": None, "meterStop": None, "timestamp": None},
        {"transactionId": "x", "meterStop": [], "timestamp": 0, "reason": {}, "idTag": 5},
        {"transactionId": 1, "meterStop": 1, "timestamp": "", "transactionData": [1, [], {}]},
        {
            "transactionId": 1,
            "meterStop": 1,
            "timestamp": "",
            "transactionData": [{"sampledValue": [{"value": []}, {"measurand": []}, 1]}],
        },
        {
            "transactionId": 1,
            "meterStop": 1,
            "timestamp": "",
            "transactionData": [{"sampledValue": [{}]}],
        },
    ],
)
def test_a_stop_is_taken_whatever_is_in_it(payload: dict[str, Any]) -> None:
    assert isinstance(said("StopTransaction", **payload), TransactionStopped)


def test_a_stop_without_a_meter_takes_what_is_known() -> None:
    assert said("StopTransaction", transactionId=7).meter_wh == 4321
    data = [{"timestamp": "", "sampledValue": [{"value": "55", "context": "Transaction.End"}]}]
    assert said("StopTransaction", transactionId=7, transactionData=data).meter_wh == 55


def test_a_stop_says_why() -> None:
    payload = {"transactionId": 7, "meterStop": 1.0, "timestamp": "2026-03-01T12:00:00Z"}
    assert said("StopTransaction", **payload) == TransactionStopped(7, 1, NOON)
    assert said("StopTransaction", **payload, reason="evdisconnected").reason == "EVDisconnected"


def test_the_packages_message_types_are_not_imported_for_their_schemas() -> None:
    code = (
        "import sys, app.ocpp_edge.v16.protocol as p, collections;"
        "p.Ocpp16(collections.Counter()); sys.exit('ocpp.v16' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
