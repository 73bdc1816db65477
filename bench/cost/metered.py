"""The parts of Strom through which calls come, each counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Litestar

from app.bootstrap.foundation import Foundation
from app.edge_messages import BusMessage, MessageBatch
from app.entrypoints.loops import LocalQueue
from app.flow import Flow
from app.records.effects import EffectRef
from bench.cost.meter import BESIDE, Meter


class Billed:
    """An ASGI app whose every request is a Lambda call."""

    def __init__(self, app: Litestar, meter: Meter, *, internal: bool) -> None:
        self._app = app
        self._meter = meter
        self._internal = internal

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        if self._internal:
            message = await receive()
            body = message["body"]
            received = [message]

            async def again() -> Any:
                return received.pop() if received else await receive()

            self._meter.app_calls += self._meter.is_on and "lease" not in scope["path"]
            part = _told(scope["path"], body)
        else:
            again, part = receive, _asked(scope["method"], scope["path"])
        async with self._meter.call(part):
            await self._app(scope, again, send)


def _told(path: str, body: bytes) -> str:
    """What the edge tells the app."""
    if path == "/internal/messages":
        batch = msgspec.json.decode(body, type=MessageBatch)
        return "edge: " + "+".join(sorted({type(m.said).__name__ for m in batch.messages}))
    return BESIDE if path == "/internal/lease" else f"edge: {path.rsplit('/', 1)[1]}"


def _asked(method: str, path: str) -> str:
    """What a wallet or browser asks."""
    known = {"callback": "callback", "withdraw": "withdraw", "hooks": "webhook", "s": "page"}
    known |= {"lnurlp": "pay request"}
    words = [known[word] for word in path.split("/") if word in known]
    return f"web: {' '.join(words) or method}"


class MeteredQueue(LocalQueue):
    """The perform queue; each message is a call of the function that may pay."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter

    async def put(self, ref: EffectRef) -> None:
        self._meter.performs += self._meter.is_on
        await super().put(ref)


@dataclass(frozen=True, slots=True)
class Performing:
    """The flow as the queue's workers and the sweep see it."""

    flow: Flow
    meter: Meter

    async def perform(self, ref: EffectRef) -> None:
        async with self.meter.call(f"perform: {ref.sk.removeprefix('E#').partition('.')[0]}"):
            await self.flow.perform(ref)


class MeteredBus:
    """The command bus, counted."""

    def __init__(self, base: Foundation, meter: Meter) -> None:
        self._bus = base.bus
        self._meter = meter

    async def send(self, queue: str, message: BusMessage) -> None:
        self._meter.bus[type(message).__name__] += self._meter.is_on
        await self._bus.send(queue, message)

    async def receive(self, queue: str) -> tuple[BusMessage, ...]:
        return await self._bus.receive(queue)
