"""The system, metered."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import httpx
from litestar import Litestar

from app.bootstrap.composition import Strom, put_together
from app.bootstrap.edges import make_edge
from app.bootstrap.foundation import Foundation
from app.bootstrap.local import local_foundation
from app.entrypoints.demo import MINISTACK
from app.entrypoints.embedded import embedded_tables
from app.entrypoints.http.internal import internal_app
from app.entrypoints.http.public import public_app
from app.entrypoints.loops import sweep_for_ever
from app.flow import Flow
from app.storage.dynamo import DynamoTables
from bench.cost.meter import PART, Meter
from bench.cost.metered import Billed, MeteredBus, MeteredQueue, Performing
from bench.hurried import HurriedClock, HurriedLoop
from bench.journey import settings_for
from bench.units import UnitCounter

SWEEP_EVERY_S = 60


@dataclass(frozen=True, slots=True)
class Stage:
    """The system, put together and running."""

    strom: Strom
    meter: Meter
    http: httpx.AsyncClient
    counter: UnitCounter

    @property
    def base_url(self) -> str:
        return self.strom.foundation.settings.base_url


@contextlib.asynccontextmanager
async def stage(loop: HurriedLoop) -> AsyncIterator[Stage]:
    """As `strom serve` has it, metered; ministack is a process of its own."""
    meter = Meter(loop)
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="strom-bench-")))
        endpoint = await stack.enter_async_context(embedded_tables(str(MINISTACK)))
        settings = settings_for(folder, endpoint)
        queue = MeteredQueue(meter)
        base = await stack.enter_async_context(local_foundation(settings, queue))
        base = replace(base, clock=HurriedClock(), bus=MeteredBus(base, meter))
        assert isinstance(base.tables, DynamoTables)
        counter = UnitCounter(meter.counted)
        counter.install(base.tables._engine._connection.client)
        strom = put_together(base)
        internal = Billed(internal_app(strom.internal), meter, internal=True)
        edge = make_edge(strom.foundation, cast(Litestar, internal))
        work = [
            queue.run(cast(Flow, Performing(strom.flow, meter))),
            _sweeping(strom.flow, base, meter),
        ]
        for each in work:
            stack.callback(asyncio.ensure_future(each).cancel)
        await edge.start()
        stack.push_async_callback(edge.stop)
        public = Billed(public_app(strom), meter, internal=False)
        transport = httpx.ASGITransport(app=public)
        http = httpx.AsyncClient(transport=transport, base_url=settings.base_url)
        yield Stage(strom, meter, await stack.enter_async_context(http), counter)


async def _sweeping(flow: Flow, base: Foundation, meter: Meter) -> None:
    PART.set("sweep")
    await sweep_for_ever(flow, base.clock, every_s=SWEEP_EVERY_S)
