"""The way to the app: refusals told apart from silence, saves not cut in two."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from app.charging.errors import BadInput, NotAllowed, NotFound, NotSignedIn, Unavailable
from app.edge_messages import Connect, Connected, MessageBatch, MessageResults
from app.ocpp_edge import HttpAppClient

CONNECT = Connect("cp", None, None, "ocpp1.6", "edge", "edge", "c1")
GRANT = Connected("t", "cp", 1, 300)


class App:
    """An ASGI app that does what a test wants."""

    def __init__(self) -> None:
        self.status = 200
        self.body = msgspec.json.encode(GRANT)
        self.error: Exception | None = None
        self.wait_s = 0.0
        self.saved: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await asyncio.sleep(self.wait_s)
        if self.error is not None:
            raise self.error
        self.saved.append(scope["path"])
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": self.body})


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def client(app: App) -> HttpAppClient:
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app")
    return HttpAppClient(http, timeout_s=0.05)


async def test_a_question_is_answered(app: App, client: HttpAppClient) -> None:
    assert await client.connect(CONNECT) == GRANT
    assert app.saved == ["/internal/connect"]


async def test_messages_go_to_their_route(app: App, client: HttpAppClient) -> None:
    app.body = msgspec.json.encode(MessageResults(()))
    assert await client.messages(MessageBatch("edge", ())) == MessageResults(())
    assert app.saved == ["/internal/messages"]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, BadInput),
        (401, NotSignedIn),
        (403, NotAllowed),
        (404, NotFound),
        (409, Unavailable),
        (429, Unavailable),
        (500, Unavailable),
        (502, Unavailable),
        (302, Unavailable),
    ],
)
async def test_refusals_and_failures(
    app: App, client: HttpAppClient, status: int, error: type[Exception]
) -> None:
    app.status, app.body = status, b"secret stack trace"
    with pytest.raises(error) as raised:
        await client.connect(CONNECT)
    assert "secret" not in str(raised.value)


async def test_an_answer_that_makes_no_sense_is_no_answer(app: App, client: HttpAppClient) -> None:
    app.body = b"<html>"
    with pytest.raises(Unavailable):
        await client.connect(CONNECT)


async def test_an_app_that_fails_in_process_is_unavailable(app: App, client: HttpAppClient) -> None:
    app.error = RuntimeError("defect")
    with pytest.raises(Unavailable):
        await client.connect(CONNECT)


async def test_giving_up_waiting_does_not_cut_the_save(app: App, client: HttpAppClient) -> None:
    app.wait_s = 0.1
    with pytest.raises(Unavailable):
        await client.connect(CONNECT)
    assert app.saved == []
    await asyncio.sleep(0.1)
    assert app.saved == ["/internal/connect"]
