"""The `ocpp` package's own charge point on the other side: it checks every word both ways."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema_rs import Draft4Validator
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from websockets.asyncio.client import connect

from app import operations as op
from app.command_bus.in_process import InProcessBus
from app.edge_messages import Command, MessageResult, TransactionStarted
from app.ocpp_edge import Edge
from app.ocpp_edge.validation import schema_folder
from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.harness import CHARGE_POINT, NOON, TENANT, Bay, FakeApp

TIME = NOON.isoformat()


class PackageCharger(ChargePoint):  # type: ignore[misc] # ocpp ships no types
    """Accepts all, and notes what it was told."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.told: list[str] = []

    async def _handle_call(self, msg: Any) -> None:
        self.told.append(msg.action)
        await super()._handle_call(msg)

    @on("RemoteStartTransaction")  # type: ignore[untyped-decorator]
    def start_remotely(self, **_: Any) -> Any:
        return call_result.RemoteStartTransaction("Accepted")

    @on("RemoteStopTransaction")  # type: ignore[untyped-decorator]
    def stop_remotely(self, **_: Any) -> Any:
        return call_result.RemoteStopTransaction("Accepted")

    @on("UnlockConnector")  # type: ignore[untyped-decorator]
    def unlock(self, **_: Any) -> Any:
        return call_result.UnlockConnector("Unlocked")

    @on("Reset")  # type: ignore[untyped-decorator]
    def reset(self, **_: Any) -> Any:
        return call_result.Reset("Accepted")

    @on("ChangeAvailability")  # type: ignore[untyped-decorator]
    def available(self, **_: Any) -> Any:
        return call_result.ChangeAvailability("Scheduled")

    @on("ChangeConfiguration")  # type: ignore[untyped-decorator]
    def configure(self, **_: Any) -> Any:
        return call_result.ChangeConfiguration("Accepted")

    @on("GetConfiguration")  # type: ignore[untyped-decorator]
    def configuration(self, **_: Any) -> Any:
        return call_result.GetConfiguration(
            [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}], ["Other"]
        )

    @on("ClearCache")  # type: ignore[untyped-decorator]
    def clear(self, **_: Any) -> Any:
        return call_result.ClearCache("Accepted")

    @on("TriggerMessage")  # type: ignore[untyped-decorator]
    def trigger(self, **_: Any) -> Any:
        return call_result.TriggerMessage("Accepted")

    @on("DataTransfer")  # type: ignore[untyped-decorator]
    def transfer(self, **_: Any) -> Any:
        return call_result.DataTransfer("Accepted", "data")


@contextlib.asynccontextmanager
async def package_charger(edge: Edge) -> Any:
    url = f"ws://127.0.0.1:{edge.port}/ocpp/cp-1"
    async with connect(url, subprotocols=["ocpp1.6"], proxy=None) as socket:  # type: ignore[list-item]
        charger = PackageCharger("cp-1", socket, 5)
        running = asyncio.create_task(charger.start())
        try:
            yield charger
        finally:
            running.cancel()


async def test_a_whole_charge(edge: Edge, app: FakeApp) -> None:
    app.results[TransactionStarted] = MessageResult(saved=True, transaction_id=4711)
    async with package_charger(edge) as charger:
        boot = await charger.call(call.BootNotification("Model", "Vendor"))
        assert (boot.status, boot.interval) == ("Accepted", 300)
        beat = await charger.call(call.Heartbeat())
        age = datetime.now(UTC) - datetime.fromisoformat(beat.current_time)
        assert abs(age.total_seconds()) < 60
        await charger.call(call.StatusNotification(1, "NoError", "Preparing", TIME))
        allowed = await charger.call(call.Authorize("tag"))
        assert allowed.id_tag_info["status"] == "Accepted"
        started = await charger.call(call.StartTransaction(1, "tag", 0, TIME))
        assert started.transaction_id == 4711
        value = [{"timestamp": TIME, "sampledValue": [{"value": "100"}]}]
        await charger.call(call.MeterValues(1, value, 4711))
        await charger.call(call.StopTransaction(100, TIME, 4711))
        await charger.call(call.FirmwareStatusNotification("Idle"))
        await charger.call(call.DiagnosticsStatusNotification("Idle"))
        answer = await charger.call(call.DataTransfer("Vendor"))
        assert answer.status == "UnknownVendorId"


COMMANDS: list[op.ChargerOperation] = [
    op.Start(1, "tag"),
    op.Stop(4711),
    op.Unlock(1),
    op.Reset(),
    op.ChangeAvailability("Operative", 1),
    op.ChangeConfiguration("k", "v"),
    op.GetConfiguration(),
    op.ClearCache(),
    op.Trigger("MeterValues", 1),
    op.TransferData("v", "m", "d"),
]


async def test_every_command(edge: Edge, app: FakeApp, bus: InProcessBus) -> None:
    async with package_charger(edge) as charger:
        await charger.call(call.Heartbeat())
        for number, operation in enumerate(COMMANDS):
            command = Command(f"c{number}", TENANT, CHARGE_POINT, operation, epoch=1)
            await bus.send("edge", command)
        await until(lambda: len(app.outcomes) == len(COMMANDS))
    assert {outcome for _, _, outcome in app.outcomes} == {"accepted"}
    assert len(charger.told) == len(COMMANDS)


STOPPED = {"transactionId": 1, "meterStop": 1, "timestamp": TIME}
CALLS: dict[str, Any] = {
    "Authorize": {"idTag": "tag"},
    "BootNotification": {"chargePointVendor": "V", "chargePointModel": "M"},
    "DataTransfer": {"vendorId": "V"},
    "DiagnosticsStatusNotification": {"status": "Idle"},
    "FirmwareStatusNotification": {"status": "Idle"},
    "Heartbeat": {},
    "LogStatusNotification": {"status": "Idle"},
    "MeterValues": {"connectorId": 1, "meterValue": [{"timestamp": TIME, "sampledValue": []}]},
    "SecurityEventNotification": {"type": "t", "timestamp": TIME},
    "SignCertificate": {"csr": "x"},
    "SignedFirmwareStatusNotification": {"status": "Idle"},
    "StartTransaction": {"connectorId": 1, "idTag": "t", "meterStart": 0, "timestamp": TIME},
    "StatusNotification": {"connectorId": 1, "errorCode": "NoError", "status": "Available"},
    "StopTransaction": STOPPED,
}


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize("accepted", [True, False])
async def test_every_answer_is_right_to_the_letter(action: str, accepted: bool) -> None:
    bay = Bay()
    bay.app.result = MessageResult(saved=True, accepted=accepted)
    bay.says(action, **CALLS[action])
    await bay.settles()
    (answer,) = bay.socket.take()
    assert answer[0] == 3
    schema = json.loads((schema_folder("v16") / f"{action}Response.json").read_text("utf-8-sig"))
    Draft4Validator(schema, validate_formats=True).validate(answer[2])
