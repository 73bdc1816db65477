"""An owner's own backend on a real websocket, and the app that knows whose an idTag is."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from app.edge_messages import (
    Authorize,
    ChargerMessage,
    Connected,
    MessageResult,
    TransactionStarted,
    Upstream,
    UpstreamAsks,
    UpstreamTransaction,
)
from tests.ocpp_edge.harness import CHARGE_POINT, TENANT, FakeApp

ACCEPTED = {"idTagInfo": {"status": "Accepted"}}
INVALID = {"idTagInfo": {"status": "Invalid"}}
PASSWORD = "hush-hush-hush"
OURS = "paid-session-tag"
THEIRS = "04A2B3C4"

Answer = dict[str, Any] | None
"""None: no answer."""


@dataclass
class Central:
    """A small central system. ``answers``: by action, what it says; else what is usual."""

    answers: dict[str, Answer | Callable[[dict[str, Any]], Answer]] = field(default_factory=dict)
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    credentials: list[str] = field(default_factory=list)
    subprotocol: str = "ocpp1.6"
    port: int = 0
    sockets: list[ServerConnection] = field(default_factory=list)
    first_number: int = 5001
    delay_s: float = 0
    behind: dict[str, str] = field(default_factory=dict)
    """By action: a frame that is sent in one breath with its answer."""
    _server: Server | None = None
    _count: int = 0

    async def starts(self, **more: Any) -> None:
        self._server = await serve(
            self._handle,
            "127.0.0.1",
            self.port,
            subprotocols=[self.subprotocol],  # type: ignore[list-item]  # a plain text does
            **more,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stops(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ocpp/BOX"

    async def speaks(self, subprotocol: str) -> None:
        """From now on."""
        await self.stops()
        self.subprotocol = subprotocol
        await self.starts()

    def actions(self, *wanted: str) -> list[str]:
        return [action for action, _ in self.heard if not wanted or action in wanted]

    def payloads(self, action: str) -> list[dict[str, Any]]:
        return [payload for each, payload in self.heard if each == action]

    async def asks(self, action: str, payload: dict[str, Any], seconds: float = 5) -> Any:
        """Call the charge point; the whole answering frame."""
        self._count += 1
        message_id = f"central-{self._count}"
        await self.sends(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(seconds):
            while message_id not in self.told:
                await asyncio.sleep(0.005)
        return self.told[message_id]

    async def sends(self, frame: str) -> None:
        await self.sockets[-1].send(frame)

    async def drops(self) -> None:
        for socket in self.sockets:
            socket.transport.abort()
        self.sockets.clear()

    async def hears(self, *actions: str, times: int = 1, seconds: float = 5) -> None:
        """Wait until it has heard each of them so often."""
        async with asyncio.timeout(seconds):
            while any(len(self.payloads(action)) < times for action in actions):
                await asyncio.sleep(0.005)

    async def _handle(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.paths.append(socket.request.path)
        header = socket.request.headers.get("Authorization", "")
        self.credentials.append(base64.b64decode(header.removeprefix("Basic ")).decode())
        self.sockets.append(socket)
        try:
            async for frame in socket:
                await self._take(socket, json.loads(frame))
        except ConnectionClosed:
            pass

    async def _take(self, socket: ServerConnection, frame: list[Any]) -> None:
        if frame[0] != 2:
            self.told[frame[1]] = frame
            return
        _, message_id, action, payload = frame
        answer = self.answers.get(action, self._usual(action))
        if callable(answer):
            answer = answer(payload)
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if answer is not None:
            await socket.send(json.dumps([3, message_id, answer]))
            if action in self.behind:
                await socket.send(self.behind[action])
        self.heard.append((action, payload))

    def _usual(self, action: str) -> Answer:
        match action:
            case "BootNotification":
                return {
                    "status": "Accepted",
                    "interval": 300,
                    "currentTime": "2026-03-01T12:00:00Z",
                }
            case "StartTransaction":
                self.first_number += 1
                return {**ACCEPTED, "transactionId": self.first_number}
            case "Authorize":
                return ACCEPTED
        return {}


@dataclass
class OwnersApp(FakeApp):
    """The app of an owner with an upstream: ``OURS`` is paid for, all other idTags are unknown."""

    report_as: str = ""
    held: set[int] = field(default_factory=set)
    """Connectors that a payer holds."""
    number: int = 700
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def _result(self, message: ChargerMessage) -> MessageResult:
        said = message.said
        if not self.saves:
            return MessageResult(saved=False)
        match said:
            case Authorize():
                ours = said.id_tag == OURS
                return MessageResult(saved=True, accepted=ours, known=ours)
            case TransactionStarted():
                assert said.upstream
                return self._started(said)
            case UpstreamAsks():
                wanted = {said.connector} if said.connector else {1, 2}
                return MessageResult(saved=True, accepted=not (wanted & self.held))
        return super()._result(message)

    def _started(self, said: TransactionStarted) -> MessageResult:
        key = (said.reference or said.id_tag, said.timestamp)
        if key not in self.numbers:
            self.number += 1
            self.numbers[key] = said.transaction_id or self.number
        number, ours = self.numbers[key], said.id_tag == OURS
        told = None
        assert isinstance(self.grant, Connected)
        looks_on = self.grant.upstream is not None and self.grant.upstream.mode == "mirror"
        if not ours and looks_on:
            return MessageResult(saved=True, accepted=False, transaction_id=number)
        if not ours or self.report_as:
            id_tag = self.report_as if ours else said.id_tag
            told = UpstreamTransaction(
                number,
                said.connector,
                id_tag,
                said.meter_wh,
                said.at,
                foreign=not ours,
                reference=said.reference,
                sequence=said.sequence,
            )
        if ours:
            self.held.add(said.connector)
        return MessageResult(saved=True, transaction_id=number, upstream=told)


def granted(central: Central, **changes: Any) -> Connected:
    """The charge point may talk, and its backend is there."""
    known: dict[str, Any] = {
        "url": central.url,
        "mode": "shared",
        "username": "BOX",
        "password": PASSWORD,
        "kept_keys": ("MeterValueSampleInterval",),
    }
    return Connected(TENANT, CHARGE_POINT, 1, 300, upstream=Upstream(**{**known, **changes}))
