"""A charge point reduced to its socket."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import random
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

CALL_TIMEOUT_S = 30.0
COMES_BACK_S = 10.0
"""After 503, as `Retry-After` says; spread over half as much again."""
STATUSES = ("Available", "Preparing")
STATUS_EVERY = 10
"""Of ten messages one is a status, the others are heartbeats."""
POWER_W = 11_000

Now = Callable[[], datetime]


def wall_clock() -> datetime:
    return datetime.now(UTC)


def masked(text: bytes) -> bytes:
    """A client's text frame; a mask of zeros spares the client the masking."""
    head = bytes([0x81, 0x80 | len(text)]) if len(text) < 126 else b"\x81\xfe"
    return head + (b"" if len(text) < 126 else len(text).to_bytes(2, "big")) + bytes(4) + text


class Device(asyncio.Protocol):
    """One charge point."""

    def __init__(
        self,
        name: str,
        password: str,
        port: int,
        now: Now = wall_clock,
        secured: ssl.SSLContext | None = None,
    ) -> None:
        self.name = name
        self._login = base64.b64encode(f"{name}:{password}".encode()).decode()
        self._port = port
        self._now = now
        self._secured = secured
        self._ids = itertools.count(1)
        self._asked: dict[str, tuple[float, str]] = {}
        self._open: asyncio.Future[bool] | None = None
        self._answer: asyncio.Future[Any] | None = None
        self._buffer = b""
        self.transport: asyncio.Transport | None = None
        self.is_open = False
        self.transaction = 0
        self.energy_wh = 0
        self.status = 0
        self.waits_s: list[float] = []
        """How long each answer was waited for."""
        self.answered = self.errors = 0

    @property
    def unanswered(self) -> int:
        return len(self._asked)

    # --- what it does ---

    async def connect(self) -> int:
        """Connect until let in; how often it was told to come back."""
        loop = asyncio.get_running_loop()
        for refused in itertools.count():
            self._open, self._buffer, self.is_open = loop.create_future(), b"", False
            self._asked.clear()
            try:
                await loop.create_connection(
                    lambda: self, "127.0.0.1", self._port, ssl=self._secured
                )
                if await self._open:
                    return refused
            except OSError:
                pass
            await asyncio.sleep(COMES_BACK_S * (1 + random.random() / 2))
        raise AssertionError("for ever")

    async def arrive(self) -> int:
        """Connect, boot and tell the plug's status, as after every reconnect; begin again where
        an answer does not come. How often it was told to come back."""
        refused = 0
        while True:
            refused += await self.connect()
            try:
                await self.greet()
            except (TimeoutError, ConnectionError):
                self.drop()
                await asyncio.sleep(COMES_BACK_S * (1 + random.random() / 2))
            else:
                return refused

    async def greet(self) -> None:
        """Boot and tell the plug's status; wait for both answers."""
        boot = {"chargePointVendor": "Bench", "chargePointModel": "Bench"}
        await self.ask("BootNotification", boot)
        status = "Charging" if self.transaction else STATUSES[self.status % 2]
        await self.ask("StatusNotification", self._said(status))

    async def ask(self, action: str, payload: dict[str, Any]) -> Any:
        """Send a call and wait for its answer; `TimeoutError`, `ConnectionError` without one."""
        self._answer = asyncio.get_running_loop().create_future()
        self.send(action, payload)
        async with asyncio.timeout(CALL_TIMEOUT_S):
            return await self._answer

    def send(self, action: str, payload: dict[str, Any]) -> None:
        message_id = f"{next(self._ids)}"
        self._asked[message_id] = (time.perf_counter(), action)
        self._write(json.dumps([2, message_id, action, payload], separators=(",", ":")).encode())

    def chat(self, number: int) -> None:
        """What keeps a line warm."""
        if number % STATUS_EVERY:
            self.send("Heartbeat", {})
        else:
            self.status += 1
            self.send("StatusNotification", self._said(STATUSES[self.status % 2]))

    def meter(self, wh: int) -> None:
        """A reading of the running transaction."""
        self.energy_wh += wh
        values = [
            {"value": str(self.energy_wh), "measurand": "Energy.Active.Import.Register"},
            {"value": str(POWER_W), "measurand": "Power.Active.Import", "unit": "W"},
            {"value": "57", "measurand": "SoC", "unit": "Percent", "location": "EV"},
        ]
        told = {"timestamp": self._moment(), "sampledValue": values}
        payload = {"connectorId": 1, "transactionId": self.transaction, "meterValue": [told]}
        self.send("MeterValues", payload)

    def drop(self) -> None:
        """Without a word."""
        if self.transport is not None:
            self.transport.abort()

    # --- the socket ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        self.transport.write(
            f"GET /ocpp/{self.name} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}\r\n"
            f"Authorization: Basic {self._login}\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data if self._buffer else data
        if not self.is_open:
            head, end, rest = data.partition(b"\r\n\r\n")
            if not end:
                self._buffer = data
                return
            data, self.is_open = rest, b" 101 " in head.partition(b"\r\n")[0]
            self._is_let_in(self.is_open)
            if not self.is_open:
                return
        while len(data) >= 2:
            length, start = data[1], 2
            if length == 126:
                length, start = int.from_bytes(data[2:4], "big"), 4
            if len(data) < start + length:
                break
            self._frame(data[0] & 15, data[start : start + length])
            data = data[start + length :]
        self._buffer = data

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self._is_let_in(False)
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError())
            self._answer.exception()  # taken: nobody may be waiting

    def _is_let_in(self, is_let_in: bool) -> None:
        if self._open is not None and not self._open.done():
            self._open.set_result(is_let_in)

    def _frame(self, kind: int, text: bytes) -> None:
        if kind == 9 and self.transport is not None:
            self.transport.write(b"\x8a" + bytes([0x80 | len(text)]) + bytes(4) + text)
        elif kind == 1:
            message = json.loads(text)
            if message[0] == 2:
                self._is_called(*message[1:4])
            else:
                self._is_answered(message)

    def _is_called(self, message_id: str, action: str, payload: dict[str, Any]) -> None:
        status = {"status": "Accepted"}
        self._write(json.dumps([3, message_id, status], separators=(",", ":")).encode())
        if action == "RemoteStartTransaction":
            start = {"connectorId": 1, "idTag": payload["idTag"], "meterStart": self.energy_wh}
            self.send("StartTransaction", start | {"timestamp": self._moment()})

    def _is_answered(self, message: list[Any]) -> None:
        sent_at, action = self._asked.pop(message[1], (0.0, ""))
        if not action:
            return
        self.waits_s.append(time.perf_counter() - sent_at)
        self.answered += 1
        self.errors += message[0] == 4
        if action == "StartTransaction" and message[0] == 3:
            self.transaction = message[2]["transactionId"]
            self.send("StatusNotification", self._said("Charging"))
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(message[2])

    def _write(self, text: bytes) -> None:
        if self.transport is not None:
            self.transport.write(masked(text))

    def _said(self, status: str) -> dict[str, Any]:
        return {"connectorId": 1, "errorCode": "NoError", "status": status}

    def _moment(self) -> str:
        return self._now().isoformat().replace("+00:00", "Z")
