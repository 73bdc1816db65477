"""A charge point on a real websocket."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed


class Box:
    """A charge point: answers what it is asked, remembers what it was."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {}
        self._told: dict[str, list[Any]] = {}
        self._count = 0
        self._reading = asyncio.ensure_future(self._read())

    async def says(self, action: str, seconds: float = 5, **payload: Any) -> dict[str, Any]:
        """The payload of the answer."""
        frame = await self.hears_back(action, seconds, **payload)
        assert frame[0] == 3, frame
        answer: dict[str, Any] = frame[2]
        return answer

    async def hears_back(self, action: str, seconds: float = 5, **payload: Any) -> list[Any]:
        self._count += 1
        message_id = f"box-{self._count}"
        await self.socket.send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(seconds):
            while message_id not in self._told:
                await asyncio.sleep(0.002)
        return self._told[message_id]

    async def boots(self) -> None:
        await self.says("BootNotification", chargePointVendor="Ven", chargePointModel="Mod")

    async def starts(self, id_tag: str, connector: int = 1, **more: Any) -> dict[str, Any]:
        payload = {"timestamp": "2026-03-01T12:00:00Z", "meterStart": 1000, **more}
        return await self.says("StartTransaction", connectorId=connector, idTag=id_tag, **payload)

    async def meters(self, number: int | None, wh: int, connector: int = 1) -> None:
        value = {"timestamp": "2026-03-01T12:01:00Z", "sampledValue": [{"value": str(wh)}]}
        named = {} if number is None else {"transactionId": number}
        await self.says("MeterValues", connectorId=connector, meterValue=[value], **named)

    async def stops(self, number: int, **more: Any) -> None:
        await self.says(
            "StopTransaction",
            transactionId=number,
            meterStop=4000,
            timestamp="2026-03-01T12:30:00Z",
            **more,
        )

    async def reports(self, connector: int, status: str) -> None:
        await self.says(
            "StatusNotification", connectorId=connector, errorCode="NoError", status=status
        )

    def was_asked(self, action: str) -> list[dict[str, Any]]:
        return [payload for each, payload in self.asked if each == action]

    async def closes(self) -> None:
        self._reading.cancel()
        await self.socket.close()

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                frame = json.loads(text)
                if frame[0] == 2:
                    self.asked.append((frame[2], frame[3]))
                    answer = self.answers.get(frame[2], {"status": "Accepted"})
                    if answer is not None:
                        await self.socket.send(json.dumps([3, frame[1], answer]))
                else:
                    self._told[frame[1]] = frame
