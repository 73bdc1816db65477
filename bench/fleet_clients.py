"""Thousands of charge points in one process, reduced to sockets; `bench.fleet` tells it what to do.

    python -m bench.fleet_clients    # one JSON command a line in, one JSON answer a line out

Each device opens a websocket, answers what it is asked (every call is accepted, a remote start is
followed by StartTransaction) and sends what the bench wants, whether or not the last was answered:
nothing waits for a slow server, so its slowness shows in the answer times.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import itertools
import json
import random
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import uvloop

CALL_TIMEOUT_S = 30.0
COMES_BACK_S = 10.0
"""After 503, as `Retry-After` says; spread over half as much again."""
STATUSES = ("Available", "Preparing")
STATUS_EVERY = 10
"""Of ten messages one is a status, the others are heartbeats."""
TICK_S = 0.01
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

    def __init__(self, name: str, password: str, port: int, now: Now = wall_clock) -> None:
        self.name = name
        self._login = base64.b64encode(f"{name}:{password}".encode()).decode()
        self._port = port
        self._now = now
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
                await loop.create_connection(lambda: self, "127.0.0.1", self._port)
                if await self._open:
                    return refused
            except OSError:
                pass
            await asyncio.sleep(COMES_BACK_S * (1 + random.random() / 2))
        raise AssertionError("for ever")

    async def greet(self) -> None:
        """Boot and tell the plug's status, as after every reconnect; wait for both answers."""
        boot = {"chargePointVendor": "Bench", "chargePointModel": "Bench"}
        await self.ask("BootNotification", boot)
        status = "Charging" if self.transaction else STATUSES[self.status % 2]
        await self.ask("StatusNotification", self._said(status))

    async def ask(self, action: str, payload: dict[str, Any]) -> Any:
        """Send a call and wait for its answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self.send(action, payload)
        async with asyncio.timeout(CALL_TIMEOUT_S * 4):
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


class Town:
    """The devices of this process, and the commands for them."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self.devices = list(devices)
        self.here: list[Device] = []

    async def connect(self, count: int) -> dict[str, Any]:
        """So many are to be here; those that are missing come at once."""
        missing = self.devices[len(self.here) : count]
        began = time.perf_counter()
        refused = await asyncio.gather(*map(self._arrive, missing))
        self.here += missing
        return {"refused": sum(refused), "seconds": time.perf_counter() - began}

    async def storm(self) -> dict[str, Any]:
        """All lose their connection, and come back."""
        here, self.here = self.here, []
        for device in here:
            device.drop()
        return await self.connect(len(here))

    async def _arrive(self, device: Device) -> int:
        refused = await device.connect()
        await device.greet()
        return refused

    async def talk(self, per_s: float, seconds: float) -> dict[str, Any]:
        """Heartbeats and statuses, from one device after the other."""
        turns = itertools.cycle(self.here)

        def say(number: int) -> None:
            next(turns).chat(number)

        return await self._at_a_rate(per_s, seconds, say)

    async def meter(self, every_s: float, seconds: float) -> dict[str, Any]:
        """Readings of all transactions, each device's so often."""
        charging = [device for device in self.here if device.transaction]
        if not charging:
            return await self._told([])
        turns = itertools.cycle(charging)
        wh = max(1, round(POWER_W * every_s / 3600))

        def say(_: int) -> None:
            next(turns).meter(wh)

        return await self._at_a_rate(len(charging) / every_s, seconds, say)

    async def charging(self, count: int) -> dict[str, Any]:
        """Wait until so many have a transaction."""
        async with asyncio.timeout(CALL_TIMEOUT_S * 4):
            while sum(bool(device.transaction) for device in self.here) < count:
                await asyncio.sleep(0.05)
        return {}

    async def statuses(self) -> dict[str, Any]:
        """What each said last."""
        return {device.name: STATUSES[device.status % 2] for device in self.here}

    async def _at_a_rate(
        self, per_s: float, seconds: float, say: Callable[[int], None]
    ) -> dict[str, Any]:
        for device in self.here:
            device.waits_s.clear()
            device.answered = device.errors = 0
        began, said, wanted = time.perf_counter(), 0, round(per_s * seconds)
        while said < wanted:
            passed = time.perf_counter() - began
            for number in range(said, min(wanted, int(passed * per_s))):
                say(number)
            said = max(said, min(wanted, int(passed * per_s)))
            await asyncio.sleep(TICK_S)
        return await self._told(self.here) | {"sent": said}

    async def _told(self, devices: Sequence[Device]) -> dict[str, Any]:
        """What became of the calls; one unanswered after half a minute is lost."""
        until = time.perf_counter() + CALL_TIMEOUT_S
        while any(device.unanswered for device in devices) and time.perf_counter() < until:
            await asyncio.sleep(0.02)
        return {
            "sent": 0,
            "lost": sum(device.unanswered for device in devices),
            "errors": sum(device.errors for device in devices),
            "closed": sum(not device.is_open for device in devices),
            "waits_s": sorted(round(s, 5) for device in devices for s in device.waits_s),
        }


async def serve(read: Callable[[], Awaitable[str]]) -> None:
    made = json.loads(await read())
    town = Town([Device(name, password, made["port"]) for name, password in made["devices"]])
    gc.freeze()
    while line := await read():
        command = json.loads(line)
        answer = await getattr(town, command.pop("do"))(**command)
        print(json.dumps(answer), flush=True)


def raise_nofile() -> None:
    """As many sockets as the machine allows."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def main() -> None:
    loop = asyncio.get_running_loop()
    await serve(lambda: loop.run_in_executor(None, sys.stdin.readline))


if __name__ == "__main__":
    raise_nofile()
    uvloop.run(main())
