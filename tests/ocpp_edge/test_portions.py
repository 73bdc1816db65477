"""What is more than a charge point takes at once goes to it in parts, and its answers are one."""

from __future__ import annotations

from typing import Any

import pytest

from app import operations as op
from app.edge_messages import Command, CommandOutcome
from app.ocpp_edge.portions import MOST, positive
from tests.ocpp_edge.harness import CHARGE_POINT, TENANT, Bay

VERSION = 1_000_000
LISTS = {"ocpp1.6": "listVersion", "ocpp2.0.1": "versionNumber"}


def cards(count: int) -> tuple[op.LocalListEntry, ...]:
    return tuple(op.LocalListEntry(f"CARD{number:04d}", "Accepted") for number in range(count))


def ring(bay: Bay, operation: op.ChargerOperation, attempt: int = 1) -> list[Any]:
    command = Command("owner.1", TENANT, CHARGE_POINT, operation, attempt)
    bay.commands.deliver(command, bay.charger)
    return bay.calls()


def listening(protocol: str) -> Bay:
    bay = Bay(protocol=protocol)
    bay.says("Heartbeat")
    bay.socket.take()
    return bay


def variable(name: str, value: str, instance: str = "", component: str = "") -> dict[str, Any]:
    named = {"name": name} | ({"instance": instance} if instance else {})
    return {
        "attributeStatus": "Accepted",
        "attributeValue": value,
        "component": {"name": component or "DeviceDataCtrlr"},
        "variable": named,
    }


def tells_room(bay: Bay, question: list[Any], items: int, size: int = 60_000) -> None:
    if bay.protocol == "ocpp1.6":
        entry = {"key": question[3]["key"][0], "readonly": True, "value": str(items)}
        bay.answers(question, configurationKey=[entry])
        return
    places = [each["component"]["name"] for each in question[3]["getVariableData"]]
    results = [
        variable("ItemsPerMessage", str(items), component=places[0]),
        variable("BytesPerMessage", str(size), component=places[0]),
    ]
    bay.answers(question, getVariableResult=results)


async def outcome(bay: Bay) -> CommandOutcome:
    await bay.settles()
    [told] = [m.said for b in bay.app.batches for m in b.messages if _is_outcome(m.said)]
    assert isinstance(told, CommandOutcome)
    return told


def _is_outcome(said: object) -> bool:
    return isinstance(said, CommandOutcome)


@pytest.mark.parametrize("protocol", list(LISTS))
async def test_a_long_list_is_replaced_and_added_to(protocol: str) -> None:
    bay = listening(protocol)
    [question] = ring(bay, op.SendLocalList(VERSION, "Full", cards(25)))
    assert question[2] in ("GetConfiguration", "GetVariables")
    tells_room(bay, question, items=10)
    sent = []
    for _ in range(3):
        [call] = bay.calls()
        sent.append(call[3])
        bay.answers(call, status="Accepted")
    assert [part["updateType"] for part in sent] == ["Full", "Differential", "Differential"]
    numbers = [part[LISTS[protocol]] for part in sent]
    assert numbers == [VERSION - 2, VERSION - 1, VERSION], "it ends with the one that was meant"
    assert [len(part["localAuthorizationList"]) for part in sent] == [10, 10, 5]
    told = await outcome(bay)
    assert (told.outcome, told.detail) == ("accepted", "Accepted")
    assert bay.calls() == []


@pytest.mark.parametrize("protocol", list(LISTS))
async def test_a_change_begins_with_its_number(protocol: str) -> None:
    bay = listening(protocol)
    [question] = ring(bay, op.SendLocalList(7, "Differential", cards(12)))
    tells_room(bay, question, items=6)
    numbers = []
    for _ in range(2):
        [call] = bay.calls()
        numbers.append(call[3][LISTS[protocol]])
        bay.answers(call, status="Accepted")
    assert numbers == [7, 8]


@pytest.mark.parametrize("protocol", list(LISTS))
async def test_a_part_that_is_refused_is_the_end(protocol: str) -> None:
    bay = listening(protocol)
    [question] = ring(bay, op.SendLocalList(VERSION, "Full", cards(25)))
    tells_room(bay, question, items=10)
    [first] = bay.calls()
    bay.answers(first, status="Accepted")
    [second] = bay.calls()
    bay.answers(second, status="VersionMismatch")
    told = await outcome(bay)
    assert (told.outcome, told.detail) == ("rejected", "VersionMismatch")
    assert bay.calls() == []


async def test_bytes_count_too() -> None:
    bay = listening("ocpp2.0.1")
    [question] = ring(bay, op.SendLocalList(VERSION, "Full", cards(25)))
    tells_room(bay, question, items=100, size=1000)
    parts = 0
    while calls := bay.calls():
        assert len(str(calls[0])) < 1100
        bay.answers(calls[0], status="Accepted")
        parts += 1
    assert parts > 2
    assert (await outcome(bay)).outcome == "accepted"


@pytest.mark.parametrize("protocol", list(LISTS))
async def test_one_that_does_not_say_gets_all_at_once(protocol: str) -> None:
    bay = listening(protocol)
    [question] = ring(bay, op.SendLocalList(VERSION, "Full", cards(25)))
    bay.sends([4, question[1], "NotSupported", ""])
    [call] = bay.calls()
    assert len(call[3]["localAuthorizationList"]) == 25
    assert call[3][LISTS[protocol]] == VERSION
    bay.answers(call, status="Accepted")
    assert (await outcome(bay)).outcome == "accepted"


async def test_without_an_answer_it_gets_all_at_once_too_and_a_late_one_changes_nothing() -> None:
    bay = listening("ocpp1.6")
    [question] = ring(bay, op.SendLocalList(VERSION, "Full", cards(25)))
    await bay.passes(31)
    [call] = bay.calls()
    assert len(call[3]["localAuthorizationList"]) == 25
    tells_room(bay, question, items=10)
    assert bay.calls() == []
    bay.answers(call, status="Accepted")
    assert (await outcome(bay)).outcome == "accepted"


@pytest.mark.parametrize("protocol", list(LISTS))
async def test_a_few_are_sent_without_a_question(protocol: str) -> None:
    bay = listening(protocol)
    [call] = ring(bay, op.SendLocalList(VERSION, "Full", cards(3)))
    assert call[2] == "SendLocalList"


async def test_many_variables_are_read_in_parts() -> None:
    bay = listening("ocpp2.0.1")
    names = tuple(f"DisplayCtrlr.V{number}" for number in range(12))
    [question] = ring(bay, op.GetConfiguration(names))
    tells_room(bay, question, items=5)
    asked = 0
    while calls := bay.calls():
        data = calls[0][3]["getVariableData"]
        asked += len(data)
        assert len(data) <= 5
        results = [{"attributeStatus": "Accepted", "attributeValue": "x", **each} for each in data]
        bay.answers(calls[0], getVariableResult=results)
    assert asked == 12
    told = await outcome(bay)
    assert (told.outcome, set(told.result)) == ("accepted", set(names))


async def test_many_keys_are_read_in_parts() -> None:
    bay = listening("ocpp1.6")
    names = tuple(f"Key{number}" for number in range(12))
    [question] = ring(bay, op.GetConfiguration(names))
    assert question[3] == {"key": ["GetConfigurationMaxKeys"]}
    tells_room(bay, question, items=5)
    while calls := bay.calls():
        keys = calls[0][3]["key"]
        found = [{"key": key, "readonly": False, "value": "1"} for key in keys[1:]]
        bay.answers(calls[0], configurationKey=found, unknownKey=keys[:1])
    told = await outcome(bay)
    assert len(told.result) == 9
    assert told.detail == "unknown: Key0, Key5, Key10"


async def test_a_connection_that_ends_in_the_middle_is_begun_anew() -> None:
    bay = listening("ocpp1.6")
    operation = op.SendLocalList(VERSION, "Full", cards(25))
    [question] = ring(bay, operation)
    tells_room(bay, question, items=10)
    [first] = bay.calls()
    bay.answers(first, status="Accepted")
    bay.drops()
    assert (await outcome(bay)).outcome == "unknown"
    bay.connects()
    bay.says("Heartbeat")
    bay.socket.take()
    [again] = ring(bay, operation, attempt=2)
    assert again[2] == "GetConfiguration"


@pytest.mark.parametrize("told", ["", "0", "-1", "many", None, [], "1e3"])
async def test_a_limit_that_is_none_is_none(told: object) -> None:
    assert positive(told) == MOST
    assert positive(" 20 ") == positive(20) == 20
