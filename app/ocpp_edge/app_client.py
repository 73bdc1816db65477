"""The edge's way to the app: one port, and its implementation over HTTP.

On AWS the client signs its requests; in `strom serve` it has an `ASGITransport`. The deadline is
ours, because in-process transports ignore httpx time-outs, and the request is shielded: giving up
waiting must not cut a save in two.
"""

import asyncio
import logging
from typing import Protocol, TypeVar

import httpx
import msgspec

from app.charging.errors import BadInput, NotAllowed, NotFound, NotSignedIn, Unavailable
from app.edge_messages import (
    Connect,
    Connected,
    Disconnect,
    Lease,
    MessageBatch,
    MessageResults,
    Trust,
    Watch,
    Watching,
)
from app.ocpp_edge.fleet.metrics import Metrics
from app.telemetry.context import now_traced

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
EMPTY = httpx.ByteStream(b"")
MAX_ABANDONED = 400
"""Requests that were given up but still run; beyond these the app is not asked more."""


class AppClient(Protocol):
    """What the edge asks of the app. Every method raises `Unavailable` when no answer comes.

    ``connect`` and ``watch`` also raise `NotFound`, `NotSignedIn` or `NotAllowed`; any of them
    may raise `BadInput` for a message the app does not understand.
    """

    async def connect(self, message: Connect) -> Connected:
        """Let a charge point in."""
        ...

    async def messages(self, batch: MessageBatch) -> MessageResults:
        """Bring what charge points said; one result each, in order."""
        ...

    async def disconnect(self, message: Disconnect) -> None:
        """A socket has closed."""
        ...

    async def lease(self, message: Lease) -> None:
        """This instance is alive."""
        ...

    async def watch(self, message: Watch) -> Watching:
        """A browser wants to follow a session."""
        ...

    async def trust(self) -> Trust:
        """Whose certificates of charge points are to be looked at."""
        ...


class HttpAppClient:
    """The app over an `httpx.AsyncClient` that has its address, transport and signature."""

    def __init__(
        self, client: httpx.AsyncClient, *, timeout_s: float, metrics: Metrics | None = None
    ) -> None:
        self._client = client
        self._metrics = metrics or Metrics()
        self._timeout_s = timeout_s
        self._encode = msgspec.json.Encoder().encode
        self._running: set[asyncio.Task[httpx.Response]] = set()

    async def connect(self, message: Connect) -> Connected:
        """Let a charge point in."""
        return self._read(await self._post("/internal/connect", message), Connected)

    async def messages(self, batch: MessageBatch) -> MessageResults:
        """Bring what charge points said; one result each, in order."""
        return self._read(await self._post("/internal/messages", batch), MessageResults)

    async def disconnect(self, message: Disconnect) -> None:
        """A socket has closed."""
        await self._post("/internal/disconnect", message)

    async def lease(self, message: Lease) -> None:
        """This instance is alive."""
        await self._post("/internal/lease", message)

    async def watch(self, message: Watch) -> Watching:
        """A browser wants to follow a session."""
        return self._read(await self._post("/internal/watch", message), Watching)

    async def trust(self) -> Trust:
        """Whose certificates of charge points are to be looked at."""
        return self._read(await self._post("/internal/trust", Trust()), Trust)

    async def _post(self, path: str, message: msgspec.Struct) -> bytes:
        route = path.rpartition("/")[2]
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            content = await self._ask(path, message)
        except Unavailable:
            self._metrics.app_failures[route] += 1
            raise
        finally:
            self._metrics.app_answered(route, loop.time() - began)
        return content

    async def _ask(self, path: str, message: msgspec.Struct) -> bytes:
        headers = {"content-type": "application/json"}
        if traceparent := now_traced():
            headers["traceparent"] = traceparent
        if len(self._running) >= MAX_ABANDONED:
            raise Unavailable("too many requests to the app are without an answer")
        request = asyncio.ensure_future(
            self._client.post(
                path,
                content=self._encode(message),
                headers=headers,
                timeout=self._timeout_s,
            )
        )
        self._running.add(request)
        request.add_done_callback(self._finished)
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await asyncio.shield(request)
        except (TimeoutError, httpx.HTTPError, OSError) as error:
            raise Unavailable(f"the app does not answer ({type(error).__name__})") from error
        except Exception as error:  # an in-process transport lets the app's own errors through
            log.exception("the app failed at %s", path)
            raise Unavailable("the app failed") from error
        content = response.content
        response.stream = EMPTY  # it was read; httpx's knows the response, and would keep it
        _raise_for(response)
        return content

    def _finished(self, request: asyncio.Task[httpx.Response]) -> None:
        self._running.discard(request)
        if not request.cancelled():
            request.exception()  # taken, so that giving up is not reported as an oversight

    def _read(self, content: bytes, kind: type[Answer]) -> Answer:
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.DecodeError as error:
            raise Unavailable("the app's answer is not understood") from error


def _raise_for(response: httpx.Response) -> None:
    """Refusals are told apart from an app that cannot answer; nothing of its body is shown."""
    status = response.status_code
    if status < 300:
        return
    match status:
        case 401:
            raise NotSignedIn("the credentials are not valid")
        case 403:
            raise NotAllowed("not allowed")
        case 404:
            raise NotFound("not known")
        case 400 | 413 | 422:
            raise BadInput(f"the app answered {status}")
    raise Unavailable(f"the app answered {status}")
