"""The internal surface: what the edge calls. Never bound to a socket in ``strom serve``."""

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from litestar import Router, post
from litestar.handlers import HTTPRouteHandler

from app.charge_points.connecting import Connecting
from app.charge_points.live import Live
from app.charge_points.messages import Messages
from app.charging.errors import StromError
from app.edge_messages import (
    ChargerMessage,
    Connect,
    Connected,
    Disconnect,
    Lease,
    MessageBatch,
    MessageResult,
    MessageResults,
    Watch,
    Watching,
)
from app.records.live import LiveChargers

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Internal:
    """What the internal routes call."""

    connecting: Connecting
    messages: Messages
    live: Live
    chargers: LiveChargers

    async def take(self, batch: MessageBatch) -> MessageResults:
        """Each message on its own: one tenant's throttling hurts nobody else."""
        return MessageResults(tuple(await asyncio.gather(*map(self._one, batch.messages))))

    async def _one(self, message: ChargerMessage) -> MessageResult:
        try:
            return await self.messages.take(message)
        except StromError as error:
            log.warning("%s of %s: %s", type(message.said).__name__, message.charge_point, error)
        except Exception:
            log.exception("%s of %s", type(message.said).__name__, message.charge_point)
        return MessageResult(saved=False)


def internal_router(internal: Internal) -> Router:
    """The routes under ``/internal``; see ``app.edge_messages`` for their types."""

    @post("/connect", status_code=200)
    async def connect(data: Connect) -> Connected:
        return await shielded(internal.connecting.connect(data))

    @post("/messages", status_code=200)
    async def messages(data: MessageBatch) -> MessageResults:
        return await shielded(internal.take(data))

    @post("/disconnect", status_code=204)
    async def disconnect(data: Disconnect) -> None:
        await shielded(internal.connecting.disconnect(data))

    @post("/lease", status_code=204)
    async def lease(data: Lease) -> None:
        await internal.chargers.renew_edge(data.instance, data.queue, data.valid_for_s)

    @post("/watch", status_code=200)
    async def watch(data: Watch) -> Watching:
        return await internal.live.watch(data)

    handlers: list[HTTPRouteHandler] = [connect, messages, disconnect, lease, watch]
    return Router("/internal", route_handlers=handlers, include_in_schema=False)


async def shielded(saving: Awaitable[T]) -> T:
    """A save under way is not cut off when the caller stops waiting for it."""
    return await asyncio.shield(asyncio.ensure_future(saving))
