"""What is over is gone at once, and not when the garbage collector comes by.

It keeps everybody waiting while it looks, the longer the more charge points are here.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from app.edge_messages import MessageBatch, MessageResults
from app.ocpp_edge import Edge, HttpAppClient
from tests.ocpp_edge.conftest import Plug, until


@pytest.fixture
def nobody_collects() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("nobody_collects")
@pytest.mark.parametrize("is_polite", [True, False])
async def test_a_connection_leaves_nothing(edge: Edge, plug: Plug, is_polite: bool) -> None:
    async with plug() as charger:
        assert await charger.is_alive()
        (connection,) = edge._server.connections
        rest: list[weakref.ref[object]] = [weakref.ref(connection)]
        rest.append(weakref.ref(connection.protocol))
        del connection
        if not is_polite:
            charger.socket.transport.abort()
    await until(lambda: not any(one() for one in rest))


@pytest.mark.usefixtures("nobody_collects")
async def test_a_request_to_the_app_leaves_nothing() -> None:
    answers: list[weakref.ref[httpx.Response]] = []

    async def remember(response: httpx.Response) -> None:
        answers.append(weakref.ref(response))

    async def answer(_scope: object, _receive: object, send: Any) -> None:
        body = msgspec.json.encode(MessageResults(()))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    hooks = {"response": [remember]}
    transport = httpx.ASGITransport(answer)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://app", event_hooks=hooks
    ) as http:
        client = HttpAppClient(http, timeout_s=5)
        await client.messages(MessageBatch("edge", ()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await until(lambda: not any(one() for one in answers))
    assert answers
    assert not any(one() for one in answers)
