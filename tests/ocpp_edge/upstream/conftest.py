"""An edge on a real port, a backend on another, and a charge point that both serve."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app.command_bus.in_process import InProcessBus
from app.ocpp_edge import Edge, EdgeSettings
from app.ocpp_edge.upstream import UpstreamSettings
from app.outbound import OutboundPolicy
from tests.ocpp_edge.harness import SeededChance, WallClock
from tests.ocpp_edge.upstream.central import Central, OwnersApp

AT_HOME = OutboundPolicy(allow_private_hosts=True, allow_plain_http=True)


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


Plug = Callable[..., contextlib.AbstractAsyncContextManager[Box]]


@pytest.fixture
async def central() -> AsyncIterator[Central]:
    backend = Central()
    await backend.starts()
    yield backend
    await backend.drops()
    await backend.stops()


@pytest.fixture
def app() -> OwnersApp:
    return OwnersApp()


@pytest.fixture
def links() -> UpstreamSettings:
    return UpstreamSettings(
        policy=AT_HOME,
        open_timeout_s=2,
        answer_timeout_s=1,
        relay_timeout_s=0.5,
        greeting_wait_s=0.3,
        retry_s=0.05,
        retry_at_most_s=0.1,
        heartbeat_at_least_s=0.1,
        tell_every_s=0.05,
        max_queued=100,
        sends=3,
    )


@pytest.fixture
async def edge(app: OwnersApp, links: UpstreamSettings) -> AsyncIterator[Edge]:
    settings = EdgeSettings(
        port=0,
        greeting_wait_s=0.2,
        retry_s=0.05,
        retry_at_most_s=0.1,
        call_timeout_s=1.0,
        close_timeout_s=0.5,
        drain_s=0.5,
        upstream=links,
    )
    edge = Edge(settings, app, InProcessBus(), WallClock(), SeededChance())
    await edge.start()
    yield edge
    app.comes_back()
    await edge.stop()


@pytest.fixture
def plug(edge: Edge) -> Plug:
    """A charge point that connects."""

    @contextlib.asynccontextmanager
    async def connected(subprotocol: str = "ocpp1.6") -> AsyncIterator[Box]:
        url = f"ws://127.0.0.1:{edge.port}/ocpp/cp-1"
        socket = await connect(url, subprotocols=[subprotocol], proxy=None)  # type: ignore[list-item]  # a plain text does
        box = Box(socket)
        try:
            yield box
        finally:
            await box.closes()

    return connected
