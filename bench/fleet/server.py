"""Strom as `strom serve` runs it, for `bench.fleet`: edge, app and sweep in one process.

    python -m bench.fleet.server OPTIONS    # one JSON command a line in, one JSON answer a line out

OPTIONS are those of `main`, as JSON. `table` is the address of a DynamoDB, or `memory`: then the
table is a part of this process. Tenants, charge points and sessions are made through the same rooms
as a provider's; only who pays does so without HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import uvloop
from litestar import Litestar

from app.bootstrap.composition import Strom, put_together
from app.bootstrap.edges import make_edge
from app.bootstrap.foundation import Foundation, SystemChance, SystemClock, outbound_policy
from app.bootstrap.local import local_foundation
from app.bootstrap.room_settings import charge_point_settings
from app.charging.errors import StromError
from app.charging.ports import Clock
from app.command_bus.in_process import InProcessBus
from app.entrypoints.demo import free_port
from app.entrypoints.http.internal import internal_app
from app.entrypoints.loops import LocalQueue, sweep_for_ever
from app.entrypoints.serve import collect_seldom
from app.envelope import KeyFileEnvelope
from app.flow import PerformQueue
from app.ocpp_edge import Edge
from app.outbound.client import guarded_client
from app.records.charge_points import Connection, ConnectorState
from app.records.drafts import ChargePointDraft
from app.settings import Settings
from app.storage.memory import MemoryTables
from bench.fleet.certificate import write_certificate
from bench.fleet.processes import IN_MEMORY
from bench.fleet.town import raise_nofile
from bench.journey import set_up, settings_for

TENANTS = 20
PAID_MSAT = 20_000_000
AT_ONCE = 4
"""Tenants that take payments at one time; a tenant's own come one after the other."""
TRIES = 20


class Counting:
    """The internal app, its calls counted by route."""

    def __init__(self, app: Litestar) -> None:
        self._app = app
        self.calls: Counter[str] = Counter()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls[scope["path"]] += 1
        await self._app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Place:
    """A charge point and what it takes to pay for it."""

    tenant: str
    charge_point: str
    name: str
    path: str
    password: str


class Stage:
    """The system, and the commands for it."""

    def __init__(self, strom: Strom, edge: Edge, counting: Counting) -> None:
        self._strom = strom
        self._edge = edge
        self._counting = counting
        self._places: dict[str, Place] = {}
        self._sessions: list[tuple[str, str]] = []

    async def build(self, count: int) -> dict[str, Any]:
        """So many charge points, their owners with them."""
        each = -(-count // TENANTS)
        for number in range(min(TENANTS, count)):
            await self._settle(number, min(each, count - len(self._places)))
        gc.collect()
        gc.freeze()
        found = [(place.path, place.password) for place in self._places.values()]
        is_secured = bool(self._edge.settings.tls_certificate)
        port = self._edge.tls_port if is_secured else self._edge.port
        return {"port": port, "is_secured": is_secured, "devices": found}

    async def _settle(self, number: int, count: int) -> None:
        """An owner with so many of them."""
        if count <= 0:
            return
        tenant, first = await set_up(self._strom, number)
        issued = [first]
        point = first.charge_point
        for other in range(1, count):
            name = f"bench-{number}x{other}"
            draft = ChargePointDraft("Bench", point.location_id, point.tariff_id, 1, name)
            issued.append(await self._strom.portal.chargers.add(tenant, draft))
        for one in issued:
            known = one.charge_point
            name = known.connectors[0].name
            place = Place(tenant, known.id, name, known.path, one.password)
            self._places[known.path] = place
            await self._was_here_before(place)

    async def _was_here_before(self, place: Place) -> None:
        """It is known and configured; its rows are there and do not count as a connection's."""
        live, clock = self._strom.internal.chargers, self._strom.foundation.clock
        made = Connection(instance="before", queue="before", connection="0", protocol="ocpp1.6")
        tenant, charge_point = place.tenant, place.charge_point
        _, now = await live.connect(tenant, charge_point, made)
        baseline = charge_point_settings(self._strom.foundation.settings).baseline
        known = Connection(
            vendor="Bench",
            model="Bench",
            booted_at=clock.now(),
            configured={each.key: "Accepted" for each in baseline},
        )
        names = ("vendor", "model", "serial", "firmware", "booted_at", "connected", "configured")
        await live.change(tenant, charge_point, now.epoch, known, *names)
        state = ConnectorState("Available", "NoError", clock.now())
        await live.put_connector_state(tenant, charge_point, 1, state, epoch=now.epoch)

    async def pay(self, paths: list[str]) -> dict[str, Any]:
        """A driver at each pays for a long charge."""
        queues: dict[str, list[Place]] = {}
        for path in paths:
            place = self._places[path]
            queues.setdefault(place.tenant, []).append(place)
        room = asyncio.Semaphore(AT_ONCE)

        async def one_after_the_other(places: list[Place]) -> None:
            for place in places:
                async with room:
                    await self._pay(place)

        await asyncio.gather(*map(one_after_the_other, queues.values()))
        return {"sessions": len(self._sessions)}

    async def _pay(self, place: Place) -> None:
        checkout = self._strom.checkout
        for attempt in range(TRIES):
            try:
                quote = await checkout.quote(await checkout.find(place.name))
                issued = await checkout.invoice(quote.token, PAID_MSAT)
                break
            except StromError:
                if attempt == TRIES - 1:
                    raise
                await asyncio.sleep(0.1 * 2 ** min(attempt, 4))
        await self._strom.sandbox_payer.pay(place.tenant, issued.bolt11)
        self._sessions.append((place.tenant, issued.session_id))

    async def stored(self) -> dict[str, Any]:
        """How many readings of the sessions stand in the table; how many the edge has thinned, and
        how often it brought what it had."""
        return {
            "readings": sum([await self._readings(*one) for one in self._sessions]),
            "thinned": self._edge.counters["readings_thinned"],
            "app_calls": self._counting.calls["/internal/messages"],
        }

    async def _readings(self, tenant: str, session_id: str) -> int:
        sessions = self._strom.flow.sessions
        found = await sessions.find(tenant, session_id)
        return 0 if found is None else len(await sessions.readings(tenant, found.session))

    async def statuses(self) -> dict[str, Any]:
        """What the table says of each plug."""
        live = self._strom.internal.chargers
        found = {}
        for path, place in self._places.items():
            state = await live.connector_state(place.tenant, place.charge_point, 1)
            found[path] = "" if state is None else state.status
        return found

    async def calls(self) -> dict[str, Any]:
        """How often the app was called, by route."""
        return dict(self._counting.calls)

    async def tidy(self) -> dict[str, Any]:
        """So that memory which nobody needs does not count."""
        gc.collect()
        return {"connected": self._edge.connected}


@contextlib.asynccontextmanager
async def staged(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Stage]:
    """Everything started; stopped at the end."""
    queue = LocalQueue()
    async with contextlib.AsyncExitStack() as stack:
        base = await stack.enter_async_context(_foundation(settings, queue, clock))
        strom = put_together(base)
        counting = Counting(internal_app(strom.internal))
        edge = make_edge(strom.foundation, cast(Litestar, counting))
        sweeping = sweep_for_ever(strom.flow, base.clock, every_s=settings.sweep_interval_s)
        for work in (queue.run(strom.flow), sweeping):
            stack.callback(asyncio.ensure_future(work).cancel)
        await edge.start()
        stack.push_async_callback(edge.stop)
        yield Stage(strom, edge, counting)


@contextlib.asynccontextmanager
async def _foundation(
    settings: Settings, queue: PerformQueue, clock: Clock | None
) -> AsyncIterator[Foundation]:
    if settings.dynamodb_endpoint != IN_MEMORY:
        async with local_foundation(settings, queue) as base:
            yield base
        return
    async with guarded_client(outbound_policy(settings)) as http:
        yield Foundation(
            settings=settings,
            tables=MemoryTables(),
            clock=clock or SystemClock(),
            chance=SystemChance(),
            bus=InProcessBus(),
            queue=queue,
            http=http,
            server_key=os.urandom(32),
            envelope=KeyFileEnvelope(settings.data_dir / "master.key"),
        )


async def main(table: str, quiet_readings_s: int, *, is_secured: bool) -> None:
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory(prefix="strom-bench-") as name:
        folder = Path(name)
        changed: dict[str, Any] = {"quiet_readings_s": quiet_readings_s, "drain_s": 0.2}
        changed |= {"dynamodb_endpoint": table, "embedded_tables": ""}  # a table's address, or none
        if is_secured:
            certificate, key = write_certificate(folder)
            changed |= {"edge_tls_certificate": certificate, "edge_tls_key": key}
            changed |= {"edge_tls_port": free_port(20_000)}
        async with staged(settings_for(folder, "").changed(**changed)) as stage:
            while line := await loop.run_in_executor(None, sys.stdin.readline):
                command = json.loads(line)
                answer = await getattr(stage, command.pop("do"))(**command)
                print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    raise_nofile()
    collect_seldom()
    uvloop.run(main(**json.loads(sys.argv[1])))
