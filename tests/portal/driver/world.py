"""The driver's pages on a loopback port, above a fake checkout and a fake edge, in one loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import uvicorn
from litestar import Litestar

from app.checkout.offers import Offer
from app.checkout.view import SessionView
from app.portal.driver.entry import driver_handlers
from app.portal.driver.settings import DriverSettings
from app.portal.settings import PortalSettings
from tests.portal.driver import samples
from tests.portal.driver.fakes import (
    FakeCheckout,
    FakeEdge,
    FakeFacts,
    FakePayRequests,
    FakeSandbox,
)
from tests.support.tenancy import SetClock


@dataclass
class DriverWorld:
    """All parts, for a test to turn."""

    app: Litestar
    base_url: str
    checkout: FakeCheckout
    facts: FakeFacts
    sandbox: FakeSandbox
    edge: FakeEdge
    clock: SetClock

    @property
    def session_url(self) -> str:
        return f"{self.base_url}/s/{samples.TOKEN}"

    @property
    def station_url(self) -> str:
        return f"{self.base_url}/c/garage-1"

    def show(self, view: SessionView) -> None:
        self.checkout.current = view

    async def tell(self, **changes: object) -> None:
        """The charge goes on, and the edge tells its watchers."""
        self.checkout.advance(**changes)
        await self.edge.notify()


def make_world(
    base_url: str = f"https://{samples.HOST}",
    *,
    live_ws_base: str = "",
    offer: Offer | None = None,
    is_sandbox: bool = False,
) -> DriverWorld:
    mode = "sandbox" if is_sandbox else "live"
    checkout = FakeCheckout(offer or samples.offer(mode=mode), samples.view())
    clock = SetClock()
    clock.at = samples.NOW
    portal = PortalSettings(
        base_url, "wss://edge", samples.HOST, b"s" * 32, live_origin=live_ws_base
    )
    settings = DriverSettings(portal, live_ws_base=live_ws_base)
    facts = FakeFacts(samples.facts(is_sandbox=is_sandbox))
    sandbox = FakeSandbox(checkout)
    handlers = driver_handlers(
        checkout, settings, facts, clock, pay_requests=FakePayRequests(), sandbox=sandbox
    )
    app = Litestar(handlers, openapi_config=None)
    return DriverWorld(app, base_url, checkout, facts, sandbox, FakeEdge(checkout), clock)


@contextlib.asynccontextmanager
async def running_world(
    *, live: bool = True, offer: Offer | None = None, is_sandbox: bool = False
) -> AsyncIterator[DriverWorld]:
    """A world that a browser can open."""
    listener = socket.create_server(("127.0.0.1", 0))
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    probe = FakeEdge(FakeCheckout(samples.offer(), None))
    await probe.start()  # finds a free port, which the page has to know beforehand
    await probe.kill()
    ws_base = f"ws://127.0.0.1:{probe.port}" if live else ""
    host = base_url.removeprefix("http://")
    offer = offer or samples.offer(mode="sandbox" if is_sandbox else "live", host=host)
    world = make_world(base_url, live_ws_base=ws_base, offer=offer, is_sandbox=is_sandbox)
    world.edge.port = probe.port
    await world.edge.start()
    server = uvicorn.Server(uvicorn.Config(world.app, lifespan="off", log_level="error"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield world
    finally:
        server.should_exit = True
        await serving
        with contextlib.suppress(AssertionError):
            await world.edge.kill()
