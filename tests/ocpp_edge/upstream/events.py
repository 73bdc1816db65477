"""A charge point that speaks OCPP 2.0.1, in sentences; and a backend's words."""

from __future__ import annotations

from typing import Any

from tests.ocpp_edge.upstream.box import Box
from tests.ocpp_edge.upstream.central import OURS, THEIRS, Central

BOOT: dict[str, Any] = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}
CARD = {"idToken": THEIRS, "type": "ISO14443"}
PAID = {"idToken": OURS, "type": "Central"}
TAKEN: dict[str, Any] = {"idTokenInfo": {"status": "Accepted"}}
REFUSED: dict[str, Any] = {"idTokenInfo": {"status": "Invalid"}}


def event(kind: str, number: int, name: str = "tx-1", **more: Any) -> dict[str, Any]:
    """One TransactionEvent; ``info`` is added to its transactionInfo."""
    info = {"transactionId": name, **more.pop("info", {})}
    return {
        "eventType": kind,
        "timestamp": f"2026-03-01T12:00:{number:02d}Z",
        "triggerReason": "Authorized" if kind == "Started" else "MeterValuePeriodic",
        "seqNo": number,
        "transactionInfo": info,
        "evse": {"id": 1, "connectorId": 1},
        **more,
    }


def reading(wh: int) -> list[dict[str, Any]]:
    sample = {"value": wh, "measurand": "Energy.Active.Import.Register"}
    return [{"timestamp": "2026-03-01T12:00:30Z", "sampledValue": [sample]}]


class Station:
    """Its transaction events are numbered as they should be."""

    def __init__(self, box: Box, name: str = "tx-1", evse: int = 1) -> None:
        self.box = box
        self.name = name
        self.evse = evse
        self.number = -1

    async def boots(self) -> None:
        await self.box.says("BootNotification", **BOOT)

    async def tells(self, kind: str, seconds: float = 5, **more: Any) -> dict[str, Any]:
        self.number += 1
        place = {"evse": {"id": self.evse, "connectorId": 1}}
        said = event(kind, self.number, self.name, **{**place, **more})
        return await self.box.says("TransactionEvent", seconds, **said)

    async def begins(self, token: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        named: dict[str, Any] = {} if token is None else {"idToken": token}
        return await self.tells("Started", **named, **more)

    async def meters(self, wh: int, **more: Any) -> dict[str, Any]:
        return await self.tells("Updated", meterValue=reading(wh), **more)

    async def ends(self, **more: Any) -> dict[str, Any]:
        return await self.tells("Ended", **more)

    async def reports(self, word: str = "Available") -> None:
        status: dict[str, Any] = {"connectorStatus": word, "evseId": self.evse, "connectorId": 1}
        await self.box.says("StatusNotification", timestamp="2026-03-01T12:00:00Z", **status)


def events(central: Central) -> list[dict[str, Any]]:
    return central.payloads("TransactionEvent")


def told(central: Central) -> list[tuple[str, int]]:
    return [(said["eventType"], said["seqNo"]) for said in events(central)]
