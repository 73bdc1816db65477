"""Beside OCPP 2.0.1 a backend looks on: it sees what is said, under a name that is no payer's."""

from __future__ import annotations

import json
from typing import Any

from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.upstream.central import Central, OwnersApp, granted
from tests.ocpp_edge.upstream.conftest import Plug

TOKEN = "paid4session4tag"
BOOT: dict[str, Any] = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}


def event(kind: str, number: int, **more: Any) -> dict[str, Any]:
    return {
        "eventType": kind,
        "timestamp": "2026-03-01T12:00:00Z",
        "triggerReason": "Authorized",
        "seqNo": number,
        "transactionInfo": {"transactionId": "tx-1", "chargingState": "Charging"},
        "evse": {"id": 1, "connectorId": 1},
        **more,
    }


async def test_it_sees_a_whole_charge_and_can_read(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    await _speaks_201(central)
    app.grant = granted(central, mode="mirror")
    async with plug("ocpp2.0.1") as box:
        await box.says("BootNotification", **BOOT)
        await central.hears("BootNotification")
        status: dict[str, Any] = {
            "timestamp": "2026-03-01T12:00:00Z",
            "connectorStatus": "Occupied",
            "evseId": 1,
            "connectorId": 1,
        }
        await box.says("StatusNotification", **status)
        token = {"idToken": TOKEN, "type": "Central"}
        await box.says("TransactionEvent", **event("Started", 0, idToken=token))
        ended = event("Ended", 1, triggerReason="StopAuthorized")
        await box.says("TransactionEvent", **ended)
        await central.hears("TransactionEvent", times=2)
        assert central.payloads("StatusNotification") == [status]
        first, last = central.payloads("TransactionEvent")
        assert first["idToken"] == {"idToken": "STROM", "type": "Central"}
        assert last == ended
        assert TOKEN not in json.dumps(central.heard)
        component = {"component": {"name": "X"}, "variable": {"name": "BasicAuthPassword"}}
        box.answers["GetVariables"] = {
            "getVariableResult": [
                {**component, "attributeStatus": "Accepted", "attributeValue": "topsecret"}
            ]
        }
        read = await central.asks("GetVariables", {"getVariableData": [component]})
        assert read[0] == 3
        assert "topsecret" not in json.dumps(read)
        start = {"idToken": {"idToken": "X", "type": "Central"}, "remoteStartId": 1}
        refused = await central.asks("RequestStartTransaction", start)
        assert refused[:3:2] == [4, "NotSupported"]
        await until(lambda: [action for action, _ in box.asked] == ["GetVariables"])


async def test_shared_without_a_name_for_ours_tells_no_charges(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    await _speaks_201(central)
    app.grant = granted(central)
    async with plug("ocpp2.0.1") as box:
        await box.says("BootNotification", **BOOT)
        token = {"idToken": TOKEN, "type": "Central"}
        await box.says("TransactionEvent", **event("Started", 0, idToken=token))
        status: dict[str, Any] = {
            "timestamp": "2026-03-01T12:00:00Z",
            "connectorStatus": "Occupied",
            "evseId": 1,
            "connectorId": 1,
        }
        await box.says("StatusNotification", **status)
        await central.hears("StatusNotification")
        assert not central.payloads("TransactionEvent")


async def _speaks_201(central: Central) -> None:
    await central.stops()
    central.subprotocol = "ocpp2.0.1"
    await central.starts()
