"""An edge on a real port, with a fake app behind it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from app.command_bus.in_process import InProcessBus
from app.ocpp_edge import Edge, EdgeSettings
from tests.ocpp_edge.harness import FakeApp, RawCharger, SeededChance, WallClock

Plug = Callable[..., Any]


@pytest.fixture
def app() -> FakeApp:
    return FakeApp()


@pytest.fixture
def bus() -> InProcessBus:
    return InProcessBus()


@pytest.fixture
def settings() -> EdgeSettings:
    return EdgeSettings(
        port=0,
        greeting_wait_s=0.2,
        retry_s=0.05,
        retry_at_most_s=0.1,
        call_timeout_s=1.0,
        close_timeout_s=0.5,
        drain_s=3.0,
        lease_s=1,
    )


@pytest.fixture
async def edge(app: FakeApp, bus: InProcessBus, settings: EdgeSettings) -> AsyncIterator[Edge]:
    edge = Edge(settings, app, bus, WallClock(), SeededChance())
    await edge.start()
    yield edge
    app.comes_back()
    await edge.stop()


@pytest.fixture
def plug(edge: Edge) -> Plug:
    """Opens a charge point's socket."""

    @contextlib.asynccontextmanager
    async def open_socket(
        path: str = "/ocpp/cp-1", subprotocols: Any = ("ocpp1.6",), **options: Any
    ) -> AsyncIterator[RawCharger]:
        url = f"ws://127.0.0.1:{edge.port}{path}"
        socket: ClientConnection
        async with connect(url, subprotocols=subprotocols, proxy=None, **options) as socket:
            yield RawCharger(socket)

    return open_socket


async def until(condition: Callable[[], object], seconds: float = 5) -> None:
    """Wait for what must come."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)
