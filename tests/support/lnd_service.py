"""A stand-in for LND's REST interface, with its self-signed certificate, over ``lnd_network``.

Requests and replies are held against LND's published descriptions (``lnd_descriptions``); what
does not fit is kept in ``violations``. ``Faults`` make it misbehave as LND, or a proxy in front of
it, can.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import uvicorn

from tests.support.lnd_calls import LndCalls, Request, Route
from tests.support.lnd_certificate import Certificate
from tests.support.lnd_descriptions import descriptions
from tests.support.lnd_network import UNKNOWN, GrpcError, Network

LOCKED = "wallet locked, unlock it to enable full RPC access"
_STATUS = {5: 404, 6: 409}
"""grpc-gateway's for the codes LND gives; whatever is plain is code 2 and 500."""


@dataclass
class Faults:
    """By the beginning of a path; each lasts until it is taken away."""

    is_locked: bool = False
    silent: set[str] = field(default_factory=set)
    """Never answered; LND has not seen it."""
    dropped: set[str] = field(default_factory=set)
    """LND does it, then the connection breaks."""
    broken: dict[str, int] = field(default_factory=dict)
    """LND does it, then a proxy answers with this status."""
    instead: dict[str, tuple[int, object]] = field(default_factory=dict)
    """Something else answers; LND has not seen it."""
    once: dict[str, tuple[int, object]] = field(default_factory=dict)
    """As ``instead``, for one request."""


@dataclass
class Lines:
    """An answer that goes on for as long as there is something to say."""

    route: Route
    request: Request
    messages: AsyncIterator[object]


class LndService:
    """The ASGI application."""

    def __init__(self, network: Network | None = None) -> None:
        self.network = network or Network()
        self.calls = LndCalls(self.network)
        self.faults = Faults()
        self.violations: list[str] = []
        self.asked: list[Request] = []
        self.url = ""
        self.certificate = Certificate("")
        self._under_way: set[asyncio.Task[Any]] = set()
        self.streams = 0
        """How many are open."""

    def posted(self, path: str) -> list[dict[str, Any]]:
        return [r.content for r in self.asked if (r.method, r.path) == ("POST", path)]

    def hang_up(self) -> None:
        """Break the connections of the calls that LND has not answered yet."""
        for task in self._under_way:
            task.cancel()

    @asynccontextmanager
    async def served(self, certificate: Certificate, folder: Path) -> AsyncIterator[LndService]:
        """On loopback with TLS; calls that never end are ended with it."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{listening.getsockname()[1]}"
        self.certificate = certificate
        files = certificate.write(folder)
        config = uvicorn.Config(
            self, log_level="critical", lifespan="off", ssl_certfile=files[0], ssl_keyfile=files[1]
        )
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve([listening]))
        try:
            while not server.started:
                await asyncio.sleep(0.005)
            yield self
        finally:
            self.hang_up()
            server.should_exit = server.force_exit = True
            await running
            listening.close()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            await self._serve(await _read(scope, receive), receive, send)
        except asyncio.CancelledError:
            pass  # the test has ended; uvicorn would report it
        finally:
            self._under_way.discard(task)

    async def _serve(self, request: Request, receive: Any, send: Any) -> None:
        self.asked.append(request)
        if _at(self.faults.silent, request.path):
            await asyncio.Event().wait()
        once = _at(self.faults.once, request.path)
        if once:
            await _reply(send, *self.faults.once.pop(once))
            return
        instead = _at(self.faults.instead, request.path)
        if instead:
            await _reply(send, *self.faults.instead[instead])
            return
        status, content = await self._answer(request)
        if isinstance(content, Lines):
            await self._tell(content, receive, send)
            return
        broken = _at(self.faults.broken, request.path)
        if broken:
            await _reply(send, self.faults.broken[broken], "<html>bad gateway</html>")
        elif _at(self.faults.dropped, request.path):
            # Without a body's end uvicorn closes the connection.
            await send({"type": "http.response.start", "status": 200, "headers": []})
        else:
            await _reply(send, status, content)

    async def _tell(self, lines: Lines, receive: Any, send: Any) -> None:
        """One line at a time, until nothing more will come or nobody listens."""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        self.streams += 1
        sending = asyncio.ensure_future(self._send_each(lines, send))
        gone = asyncio.ensure_future(receive())
        try:
            await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.streams -= 1
            for task in (sending, gone):
                task.cancel()
            await asyncio.gather(sending, gone, return_exceptions=True)

    async def _send_each(self, lines: Lines, send: Any) -> None:
        async for message in lines.messages:
            line = {"result": message}
            self._check(lines.route, lines.request, 200, line)
            body = json.dumps(line).encode() + b"\n"
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _answer(self, request: Request) -> tuple[int, object]:
        """The whole reply; of a payment's stream its first line, which is all that is read."""
        for route in self.calls.routes:
            values = route.match(request)
            if values is not None:
                request.values = values
                status, content = await self._call(route, request)
                if isinstance(content, Lines):
                    return status, content
                self._check(route, request, status, content)
                return status, content
        self.violations.append(f"{request.method} {request.path} is no call of LND's")
        return 404, descriptions().message("rpcStatus", code=5, message="Not Found")

    async def _call(self, route: Route, request: Request) -> tuple[int, object]:
        try:
            if self.faults.is_locked:
                raise GrpcError(UNKNOWN, LOCKED)
            self.calls.admit(request.macaroon, route.permission)
            result = await route.answer(request)
        except GrpcError as error:
            told = descriptions().message("rpcStatus", code=error.code, message=error.words)
            return _STATUS.get(error.code, 500), {"error": told} if route.is_stream else told
        if isinstance(result, AsyncIterator):
            return 200, Lines(route, request, result)
        return 200, {"result": result} if route.is_stream else result

    def _check(self, route: Route, request: Request, status: int, content: object) -> None:
        asked = (request.query, request.body)
        wrong = descriptions().wrong_request(route.method, route.template, *asked)
        wrong += descriptions().wrong_reply(route.method, route.template, status, content)
        self.violations += [f"{route.template}: {words}" for words in wrong]


def _at(paths: Iterable[str], path: str) -> str:
    """Which of the beginnings the path has."""
    return next((start for start in paths if path.startswith(start)), "")


async def _read(scope: Any, receive: Any) -> Request:
    content, is_more = b"", True
    while is_more:
        message = await receive()
        content += message.get("body", b"")
        is_more = message.get("more_body", False)
    headers = {name: value.decode() for name, value in scope["headers"]}
    return Request(
        method=scope["method"],
        path=scope["path"],
        macaroon=headers.get(b"grpc-metadata-macaroon", ""),
        query=dict(parse_qsl(scope["query_string"].decode())),
        body=json.loads(content) if content else None,
    )


async def _reply(send: Any, status: int, content: object) -> None:
    text = content if isinstance(content, str) else json.dumps(content) + "\n"
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
