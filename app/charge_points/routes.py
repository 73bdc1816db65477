"""The internal surface: what the edge calls. Never bound to a socket in ``strom serve``."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from litestar import Request, Response, Router, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body

from app.charge_points.connecting import Connecting
from app.charge_points.live import Live, answering
from app.charge_points.messages import Messages
from app.charging.errors import BadInput, NotAllowed, NotFound, NotSignedIn, StromError, TooMany
from app.edge_messages import (
    ChargerMessage,
    Connect,
    Connected,
    Disconnect,
    Lease,
    MessageBatch,
    MessageResult,
    MessageResults,
    Trust,
    Watch,
    Watching,
)
from app.records.live import LiveChargers
from app.telemetry.context import about, now_traced
from app.telemetry.tracing import NO_SPAN, NO_TRACES, Span, Tracer, part

log = logging.getLogger(__name__)
T = TypeVar("T")
AnyRequest = Request[Any, Any, Any]
JSON = Body()
STATUS: tuple[tuple[type[StromError], int], ...] = (
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (NotFound, 404),
    (TooMany, 429),
    (BadInput, 400),
)


@dataclass(frozen=True, slots=True)
class Internal:
    """What the internal routes call."""

    connecting: Connecting
    messages: Messages
    live: Live
    chargers: LiveChargers
    roots_pem: Callable[[], Awaitable[str]]
    """Under which certificates of charge points stand."""
    under_way: set[asyncio.Future[Any]] = field(default_factory=set)
    """Saves that go on though nobody waits for them any more."""
    tracer: Tracer = NO_TRACES

    async def shielded(self, saving: Awaitable[T]) -> T:
        """A save under way is not cut off when the caller stops waiting for it."""
        task = asyncio.ensure_future(saving)
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)
        return await asyncio.shield(task)

    async def take(self, batch: MessageBatch) -> MessageResults:
        """Each message on its own: one tenant's throttling hurts nobody else."""
        with answering(batch.instance) as notices:
            results = await asyncio.gather(*map(self._one, batch.messages))
        return MessageResults(tuple(results), tuple(notices))

    async def _one(self, message: ChargerMessage) -> MessageResult:
        brought = [bringer] if (bringer := now_traced()) else []
        with about(
            tenant=message.tenant,
            charge_point=message.charge_point,
            connector=getattr(message.said, "connector", 0),
            traceparent="",  # of whatever else came with it
        ):
            if not message.traceparent:
                return await self._keep(message, NO_SPAN)
            name = type(message.said).__name__
            ids = {"strom.tenant": message.tenant, "strom.charge_point": message.charge_point}
            with part(
                self.tracer, f"handle {name}", "consumer",
                parent=message.traceparent, links=brought, attributes=ids,
            ) as span:  # fmt: skip
                return await self._keep(message, span)

    async def _keep(self, message: ChargerMessage, span: Span) -> MessageResult:
        name = type(message.said).__name__
        try:
            return await self.messages.take(message)
        except StromError as error:
            log.warning("%s of %s: %s", name, message.charge_point, error)
            span.fail(type(error).__name__)
        except Exception as error:
            log.exception("%s of %s", name, message.charge_point)
            span.fail(type(error).__name__)
        return MessageResult(saved=False)


def internal_router(internal: Internal) -> Router:
    """The routes under ``/internal``; see ``app.edge_messages`` for their types."""

    @post("/connect", status_code=200)
    async def connect(data: Annotated[Connect, JSON]) -> Connected:
        return await internal.shielded(internal.connecting.connect(data))

    @post("/messages", status_code=200)
    async def messages(data: Annotated[MessageBatch, JSON]) -> MessageResults:
        return await internal.shielded(internal.take(data))

    @post("/disconnect", status_code=204)
    async def disconnect(data: Annotated[Disconnect, JSON]) -> None:
        await internal.shielded(internal.connecting.disconnect(data))

    @post("/lease", status_code=204)
    async def lease(data: Annotated[Lease, JSON]) -> None:
        await internal.chargers.renew_edge(data.instance, data.queue, data.valid_for_s)

    @post("/watch", status_code=200)
    async def watch(data: Annotated[Watch, JSON]) -> Watching:
        return await internal.live.watch(data)

    @post("/trust", status_code=200)
    async def trust() -> Trust:
        return Trust(await internal.roots_pem())

    handlers: list[HTTPRouteHandler] = [connect, messages, disconnect, lease, watch, trust]
    return Router(
        "/internal",
        route_handlers=handlers,
        include_in_schema=False,
        exception_handlers={StromError: refusal},
    )


def refusal(_request: AnyRequest, error: StromError) -> Response[dict[str, str]]:
    """What the edge tells apart: not let in, not allowed, not known, not understood, not now."""
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 503)
    return Response({"error": error.message}, status_code=status)
