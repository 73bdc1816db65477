"""What runs beside the requests of one process: the perform queue and the sweep."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from typing import Any

from app.charging.errors import StromError
from app.charging.ports import Clock
from app.entrypoints.sweeping import sweep_once
from app.flow import Flow
from app.records.effects import EffectRef
from app.records.owners import Tenant
from app.telemetry.context import NOTHING, about

log = logging.getLogger(__name__)
MOST_WAITING = 10_000
LOOKS_AT_ONCE = 8


class LocalQueue:
    """The perform queue of one process: effects wait here for a worker task of `run`."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[EffectRef] = asyncio.Queue(MOST_WAITING)

    async def put(self, ref: EffectRef) -> None:
        """Leave an effect; when the queue is full the sweep will find it."""
        try:
            self._waiting.put_nowait(ref)
        except asyncio.QueueFull:
            log.warning("the perform queue is full")

    @property
    def waiting(self) -> int:
        """How much waits here."""
        return self._waiting.qsize()

    async def run(self, flow: Flow, workers: int = 8) -> None:
        """Perform what is left here until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._work(flow))

    async def _work(self, flow: Flow) -> None:
        while True:
            ref = await self._waiting.get()
            with about(NOTHING, tenant=ref.tenant):
                try:
                    await flow.perform(ref)
                except StromError as error:
                    log.warning("perform %s: %s", ref.sk, error)
                except Exception:
                    log.exception("perform %s", ref.sk)


async def sweep_for_ever(flow: Flow, clock: Clock, *, every_s: float) -> None:
    """Sweep every shard, and again; what is due is found however it came to be forgotten."""
    while True:
        await sweep_once(flow)
        await clock.sleep(every_s)


async def watch_for_ever(
    what: str,
    tenants: Callable[[], Awaitable[Sequence[Tenant]]],
    look: Callable[[str], Awaitable[None]],
    clock: Clock,
    *,
    every_s: float,
    seen_all: Callable[[], object] = lambda: None,
) -> None:
    """Look at something of every active tenant, and again; ``what`` it is, for the log.

    ``seen_all`` is called after each round.
    """
    while True:
        await clock.sleep(every_s)
        try:
            active = [tenant.id for tenant in await tenants() if tenant.status == "active"]
        except StromError as error:
            log.warning("%s watch: %s", what, error)
            continue
        waiting = iter(active)
        await asyncio.gather(*(_look_at_each(what, waiting, look) for _ in range(LOOKS_AT_ONCE)))
        seen_all()


async def _look_at_each(
    what: str, tenants: Iterator[str], look: Callable[[str], Awaitable[None]]
) -> None:
    """One of several that share the tenants: a wallet that does not answer keeps one of them."""
    for tenant in tenants:
        with about(tenant=tenant):
            try:
                await look(tenant)
            except StromError as error:
                log.warning("%s watch of %s: %s", what, tenant, error)
            except Exception:
                log.exception("%s watch of %s", what, tenant)


@contextlib.asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do it while the block runs."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
