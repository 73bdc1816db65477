"""An edge on a real port, a backend on another, and a charge point that both serve."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from websockets.asyncio.client import connect

from app.command_bus.in_process import InProcessBus
from app.ocpp_edge import Edge, EdgeSettings
from app.ocpp_edge.upstream import UpstreamSettings
from app.outbound import OutboundPolicy
from tests.ocpp_edge.harness import SeededChance, WallClock
from tests.ocpp_edge.upstream.box import Box
from tests.ocpp_edge.upstream.central import Central, OwnersApp, granted
from tests.ocpp_edge.upstream.events import TAKEN, Station

AT_HOME = OutboundPolicy(allow_private_hosts=True, allow_plain_http=True)


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


@pytest.fixture(params=["ocpp2.0.1", "ocpp2.1"])
async def version(request: pytest.FixtureRequest, central: Central) -> str:
    """The backend speaks it, and takes whoever comes."""
    spoken: str = request.param
    await central.speaks(spoken)
    central.answers |= {
        "TransactionEvent": lambda said: TAKEN if "idToken" in said else {},
        "Authorize": TAKEN,
    }
    return spoken


@pytest.fixture
async def station(
    app: OwnersApp, central: Central, plug: Plug, version: str
) -> AsyncIterator[Station]:
    """Shared, and the link is up."""
    app.grant = granted(central)
    async with plug(version) as box:
        station = Station(box)
        await station.boots()
        await central.hears("BootNotification")
        yield station
