"""Real edges on real sockets over the real app, one table in memory, a bus that loses messages."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app.command_bus.in_process import InProcessBus
from app.edge_messages import BusMessage
from app.ocpp_edge import Edge, EdgeSettings, HttpAppClient
from tests.charge_points.world import PATH, World
from tests.flow.system import HandClock, SeededChance

PATIENCE_S = 10.0


class RunningClock(HandClock):
    """The time of this machine, and what tests add to it."""

    added = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.added

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def pass_s(self, seconds: float) -> None:
        self.added += timedelta(seconds=seconds)


@dataclass
class LossyBus(InProcessBus):
    """Loses what is sent to the queues that are named."""

    lost: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    async def send(self, queue: str, message: BusMessage) -> None:
        if queue not in self.lost:
            await super().send(queue, message)


class Line(httpx.AsyncBaseTransport):
    """The way to the app; what goes to these routes does not arrive."""

    def __init__(self, app: httpx.AsyncBaseTransport) -> None:
        self._app = app
        self.cut: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.rpartition("/")[2] in self.cut:
            raise httpx.ConnectError("cut")
        return await self._app.handle_async_request(request)


class Box:
    """A charge point on one socket: it answers every call, and is asked what it heard."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self._count = 0
        self._answers: dict[str, asyncio.Future[list[Any]]] = {}
        self._listening = asyncio.get_running_loop().create_task(self._listen())

    async def says(self, action: str, **payload: Any) -> dict[str, Any]:
        """A call and its answer; each call has an id of its own."""
        self._count += 1
        message_id = f"{id(self)}-{self._count}"
        answer = self._answers[message_id] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(PATIENCE_S):
            frame = await answer
        assert frame[0] == 3, frame
        told: dict[str, Any] = frame[2]
        return told

    async def status(self, status: str, at: datetime | None = None) -> None:
        more = {} if at is None else {"timestamp": at.isoformat()}
        await self.says(
            "StatusNotification", connectorId=1, errorCode="NoError", status=status, **more
        )

    async def starts(self, id_tag: str, at: datetime, meter_wh: int = 1000) -> dict[str, Any]:
        return await self.says(
            "StartTransaction",
            connectorId=1,
            idTag=id_tag,
            meterStart=meter_wh,
            timestamp=at.isoformat(),
        )

    async def meters(self, transaction: int, at: datetime, energy_wh: int) -> None:
        value = {"timestamp": at.isoformat(), "sampledValue": [{"value": str(energy_wh)}]}
        await self.says("MeterValues", connectorId=1, transactionId=transaction, meterValue=[value])

    async def stops(self, transaction: int, at: datetime, meter_wh: int, **more: Any) -> None:
        await self.says(
            "StopTransaction",
            transactionId=transaction,
            meterStop=meter_wh,
            timestamp=at.isoformat(),
            **more,
        )

    async def is_told(self, action: str) -> dict[str, Any]:
        """Wait for a call of this kind."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for told, payload in self.heard:
                    if told == action:
                        return payload
                await asyncio.sleep(0.01)

    async def is_closed(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self.socket.wait_closed()

    async def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in self.socket:
                frame = json.loads(message)
                if frame[0] == 2:
                    self.heard.append((frame[2], frame[3]))
                    await self.socket.send(json.dumps([3, frame[1], {"status": "Accepted"}]))
                elif (answer := self._answers.pop(frame[1], None)) is not None:
                    answer.set_result(frame)


class Places:
    """One app, and as many edges as a test needs."""

    def __init__(self, world: World, bus: LossyBus) -> None:
        self.world = world
        self.bus = bus
        self.edges: dict[str, Edge] = {}
        self._stack = contextlib.AsyncExitStack()
        self.line = Line(httpx.ASGITransport(app=world.app))  # type: ignore[arg-type]  # typed more narrowly
        self._http = httpx.AsyncClient(transport=self.line, base_url="http://internal")

    async def edge(self, name: str) -> Edge:
        """An instance that runs."""
        settings = EdgeSettings(
            port=0,
            instance=name,
            queue=name,
            greeting_wait_s=0.05,
            retry_s=0.05,
            retry_at_most_s=0.2,
            close_timeout_s=0.2,
            readings_every_s=0.05,
            drain_s=2.0,
        )
        client = HttpAppClient(self._http, timeout_s=5)
        edge = Edge(settings, client, self.bus, self.world.clock, SeededChance())
        await edge.start()
        self.edges[name] = edge
        return edge

    async def dies(self, name: str) -> None:
        """The process is killed: sockets break, and it says nothing any more."""
        edge = self.edges.pop(name)
        for task in edge._tasks:
            task.cancel()
        await edge._dispatcher.close()
        edge._server.stop_listening()
        for socket in edge._server.connections:
            socket.on_frame = None
            socket.transport.abort()

    async def plug(self, edge: Edge) -> Box:
        """The charge point connects to an instance."""
        url = f"ws://{PATH}:correct%20horse@127.0.0.1:{edge.port}/ocpp/{PATH}"
        protocols: Any = ["ocpp1.6"]
        socket = await self._stack.enter_async_context(
            connect(url, subprotocols=protocols, proxy=None, close_timeout=0.2)
        )
        return Box(socket)

    async def close(self) -> None:
        for edge in self.edges.values():
            await edge.stop()
        with contextlib.suppress(Exception):
            await self._stack.aclose()


@contextlib.asynccontextmanager
async def places() -> AsyncIterator[Places]:
    """An owner with a charge point, and nobody connected so far."""
    bus = LossyBus()
    found = Places(await World(clock=RunningClock(), bus=bus).furnish(), bus)
    try:
        yield found
    finally:
        await found.close()
