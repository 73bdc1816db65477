"""Commands as OCPP calls, and what their answers mean; every call is right to the letter."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema_rs import Draft4Validator

from app.charging.errors import BadInput
from app.edge_messages import Command, Setting
from app.ocpp_edge.v16.validation import schema_folder
from tests.ocpp_edge.v16.harness import dialect


def command(kind: Any, **values: Any) -> Command:
    return Command("id", "tenant", "cp", kind, **values)


def valid(name: str, payload: object) -> bool:
    schema = json.loads((schema_folder() / f"{name}.json").read_text("utf-8-sig"))
    return Draft4Validator(schema).is_valid(payload)


@pytest.mark.parametrize(
    ("given", "action", "payload"),
    [
        (
            command("start", connector=2, id_tag="tag"),
            "RemoteStartTransaction",
            {"idTag": "tag", "connectorId": 2},
        ),
        (command("start", id_tag="tag"), "RemoteStartTransaction", {"idTag": "tag"}),
        (command("stop", transaction_id=7), "RemoteStopTransaction", {"transactionId": 7}),
        (command("unlock", connector=1), "UnlockConnector", {"connectorId": 1}),
        (command("reset"), "Reset", {"type": "Soft"}),
        (command("reset", arguments={"type": "Hard"}), "Reset", {"type": "Hard"}),
        (
            command("change_availability", arguments={"type": "Inoperative"}),
            "ChangeAvailability",
            {"connectorId": 0, "type": "Inoperative"},
        ),
        (
            command("change_configuration", arguments={"key": "k", "value": "v"}),
            "ChangeConfiguration",
            {"key": "k", "value": "v"},
        ),
        (command("get_configuration"), "GetConfiguration", {}),
        (
            command("get_configuration", arguments={"key": "a, b"}),
            "GetConfiguration",
            {"key": ["a", "b"]},
        ),
        (command("clear_cache"), "ClearCache", {}),
        (
            command("trigger", connector=1, arguments={"requestedMessage": "MeterValues"}),
            "TriggerMessage",
            {"requestedMessage": "MeterValues", "connectorId": 1},
        ),
        (
            command("data_transfer", arguments={"vendorId": "v", "data": "d"}),
            "DataTransfer",
            {"vendorId": "v", "data": "d"},
        ),
    ],
)
def test_a_command_is_said_in_ocpp(given: Command, action: str, payload: object) -> None:
    request = dialect.request(given)
    assert (request.action, request.payload) == (action, payload)
    assert valid(action, request.payload)


@pytest.mark.parametrize(
    "given",
    [
        command("start", id_tag="x" * 21),
        command("reset", arguments={"type": "Gentle"}),
        command("change_availability"),
        command("change_configuration", arguments={"key": "x" * 51, "value": ""}),
        command("trigger", arguments={"requestedMessage": "Song"}),
        command("data_transfer"),
    ],
)
def test_what_ocpp_cannot_say_is_refused(given: Command) -> None:
    with pytest.raises(BadInput):
        dialect.request(given)


@pytest.mark.parametrize(
    ("kind", "status", "outcome"),
    [
        ("start", "Accepted", "accepted"),
        ("start", "accepted ", "accepted"),
        ("start", "Rejected", "rejected"),
        ("start", "Perhaps", "unknown"),
        ("start", None, "unknown"),
        ("stop", "Accepted", "accepted"),
        ("unlock", "Unlocked", "accepted"),
        ("unlock", "UnlockFailed", "rejected"),
        ("unlock", "NotSupported", "rejected"),
        ("reset", "Accepted", "accepted"),
        ("change_availability", "Scheduled", "accepted"),
        ("change_configuration", "RebootRequired", "accepted"),
        ("change_configuration", "NotSupported", "rejected"),
        ("clear_cache", "Rejected", "rejected"),
        ("trigger", "NotImplemented", "rejected"),
        ("data_transfer", "UnknownVendorId", "rejected"),
    ],
)
def test_answers_have_a_meaning(kind: Any, status: str | None, outcome: str) -> None:
    assert dialect.outcome(command(kind), {"status": status}).outcome == outcome


def test_a_repeated_start_that_is_rejected_may_have_worked_before() -> None:
    assert dialect.outcome(command("start", attempt=2), {"status": "Rejected"}).outcome == "unknown"


def test_configuration_is_read_whatever_its_shape() -> None:
    answer = {
        "configurationKey": [
            {"key": "a", "readonly": True, "value": "1"},
            {"key": "b", "readonly": False},
            {"key": None},
            "nonsense",
        ],
        "unknownKey": ["c"],
    }
    outcome = dialect.outcome(command("get_configuration"), answer)
    assert outcome.result == {"a": "1", "b": ""}
    assert outcome.detail == "unknown: c"
    assert dialect.outcome(command("get_configuration"), {"configurationKey": 5}).result == {}


def test_a_vendors_answer_is_handed_on() -> None:
    outcome = dialect.outcome(command("data_transfer"), {"status": "Accepted", "data": "d"})
    assert outcome.result == {"data": "d"}


def test_a_setting_and_its_answer() -> None:
    assert valid("ChangeConfiguration", dialect.set(Setting("k", "v")).payload)
    assert dialect.was_set({"status": "RebootRequired"}) == "RebootRequired"
    assert dialect.was_set({}) == "failed"
