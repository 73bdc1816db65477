"""JSON nested as deep as a frame is long: refused with the right word, or left out; no defect."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import pytest

from app import operations as op
from app.edge_messages import Command, CommandOutcome, TransactionStopped, VendorData
from app.ocpp_edge.nesting import DEEPEST, is_deep, shallow
from tests.ocpp_edge.harness import CHARGE_POINT, TENANT, Bay
from tests.ocpp_edge.test_conformance import CALLS

DEPTHS = (
    *(50, 63, 64, 65, 100, 250, 253, 254, 255, 256, 300, 600),
    *(1000, 1019, 1020, 1021, 1022, 1023, 1024, 1025, 3000, 20_000, 100_000),
)
"""Around where each part gives up: ours, the schemas' validator, orjson."""
CPU_S = 0.5
TIME = "2026-03-01T12:00:00Z"
ENDED = {
    "eventType": "Ended",
    "timestamp": TIME,
    "triggerReason": "EVDeparted",
    "seqNo": 1,
    "transactionInfo": {"transactionId": "tx-1"},
}
BOOT_201 = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}
CASES = [
    ("ocpp1.6", "Heartbeat", {}, "FormationViolation"),
    ("ocpp1.6", "MeterValues", CALLS["MeterValues"], "FormationViolation"),
    ("ocpp1.6", "DataTransfer", CALLS["DataTransfer"], "FormationViolation"),
    ("ocpp1.6", "StatusNotification", CALLS["StatusNotification"], "FormationViolation"),
    ("ocpp1.6", "Authorize", CALLS["Authorize"], None),
    ("ocpp1.6", "BootNotification", CALLS["BootNotification"], None),
    ("ocpp1.6", "StartTransaction", CALLS["StartTransaction"], None),
    ("ocpp1.6", "StopTransaction", CALLS["StopTransaction"], None),
    ("ocpp2.0.1", "Heartbeat", {}, "FormatViolation"),
    ("ocpp2.0.1", "SecurityEventNotification", {"type": "t", "timestamp": TIME}, "FormatViolation"),
    ("ocpp2.0.1", "BootNotification", BOOT_201, None),
    ("ocpp2.0.1", "TransactionEvent", ENDED, None),
    ("ocpp2.1", "TransactionEvent", ENDED | {"eventType": "Started"}, None),
]


def nested(depth: int, kind: str) -> str:
    """So many levels; of both kinds by turns, one less where the number is odd."""
    if kind == "lists":
        return "[" * depth + "1" + "]" * depth
    if kind == "objects":
        return '{"a":' * depth + "1" + "}" * depth
    return '[{"a":' * (depth // 2) + "1" + "}]" * (depth // 2)


def frame(action: str, payload: dict[str, Any], name: str, deep: str) -> str:
    inner = json.dumps(payload)[1:-1]
    return f'[2,"1","{action}",{{{inner}{"," if inner else ""}"{name}":{deep}}}]'


@pytest.fixture(autouse=True)
def no_error_is_logged(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.DEBUG)
    yield
    assert "Traceback" not in caplog.text
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("kind", ["lists", "objects", "both"])
@pytest.mark.parametrize(
    ("protocol", "action", "payload", "code"), CASES, ids=[f"{one[0]} {one[1]}" for one in CASES]
)
async def test_a_member_nobody_knows(
    protocol: str, action: str, payload: dict[str, Any], code: str | None, kind: str
) -> None:
    for depth in DEPTHS:
        bay = Bay(protocol=protocol)
        began = time.thread_time()
        bay.sends(frame(action, payload, "vendorX", nested(depth, kind)))
        assert time.thread_time() - began < CPU_S
        await bay.settles()
        (answer,) = bay.socket.take()
        levels = depth // 2 * 2 if kind == "both" else depth
        if levels <= DEEPEST or code is None:
            assert answer[:2] == [3, "1"], depth
        else:
            assert answer == [4, "1", code, "nested deeper than 64 levels", {}], depth
        assert bay.counters["defects"] == 0


@pytest.mark.parametrize("depth", DEPTHS)
async def test_readings_of_a_stop_that_are_nested_without_end(depth: int) -> None:
    bay = Bay()
    stop = {"transactionId": 7, "meterStop": 1500, "timestamp": TIME}
    bay.sends(frame("StopTransaction", stop, "transactionData", nested(depth, "lists")))
    await bay.settles()
    assert bay.socket.take() == [[3, "1", {}]]
    (said,) = bay.app.heard(TransactionStopped)
    assert (said.transaction_id, said.meter_wh, said.readings) == (7, 1500, ())
    assert bay.counters["defects"] == 0


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("protocol", ["ocpp1.6", "ocpp2.0.1"])
async def test_a_required_member(protocol: str, depth: int) -> None:
    """What cannot be spared is of the wrong type, however deep."""
    action = "StartTransaction" if protocol == "ocpp1.6" else "TransactionEvent"
    payload = CALLS[action] if protocol == "ocpp1.6" else ENDED | {"eventType": "Started"}
    rest = {name: value for name, value in payload.items() if name != "timestamp"}
    bay = Bay(protocol=protocol)
    bay.sends(frame(action, rest, "timestamp", nested(depth, "objects")))
    await bay.settles()
    (answer,) = bay.socket.take()
    assert answer[:3] == [4, "1", "TypeConstraintViolation"]
    assert bay.counters["defects"] == 0


@pytest.mark.parametrize("depth", DEPTHS)
async def test_what_vendors_send_in_two_point_zero(depth: int) -> None:
    """DataTransfer takes any JSON there."""
    bay = Bay(protocol="ocpp2.0.1")
    bay.sends(frame("DataTransfer", {"vendorId": "v"}, "data", nested(depth, "lists")))
    await bay.settles()
    (answer,) = bay.socket.take()
    if depth <= DEEPEST:
        assert answer == [3, "1", {"status": "UnknownVendorId"}]
        assert bay.app.heard(VendorData)[0].data == nested(depth, "lists")
    else:
        assert answer == [4, "1", "FormatViolation", "nested deeper than 64 levels", {}]
    assert bay.counters["defects"] == 0


@pytest.mark.parametrize("depth", DEPTHS)
async def test_an_action_and_an_answer(depth: int) -> None:
    bay = Bay()
    bay.sends(f'[2,"1",{nested(depth, "lists")},{{}}]')
    (answer,) = bay.socket.take()
    assert answer[:3] == [4, "1", "FormationViolation"]
    bay.says("Heartbeat")
    bay.socket.take()
    bay.commands.deliver(Command("c", TENANT, CHARGE_POINT, op.GetConfiguration()), bay.charger)
    (call,) = bay.calls()
    bay.sends(f'[3,"{call[1]}",{{"configurationKey":{nested(depth, "both")}}}]')
    await bay.passes(40)
    assert [said.id for said in bay.app.heard(CommandOutcome)] == ["c"]
    assert bay.counters["defects"] == 0


def test_how_deep_is_deep() -> None:
    exactly = json.loads(nested(DEEPEST + 1, "lists"))
    assert not is_deep(exactly)
    assert shallow(exactly) == exactly
    deeper = json.loads(nested(DEEPEST + 2, "lists"))
    assert is_deep(deeper)
    assert not is_deep(shallow(deeper))
    assert not is_deep(7)
