"""Live pages: let in by token, shown the newest, asked for again in time."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.charging.errors import NotAllowed, NotFound
from app.command_bus.in_process import InProcessBus
from app.edge_messages import SessionNotice, Watching
from app.ocpp_edge import Edge
from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.harness import TENANT, FakeApp


def page(edge: Edge, token: str = "token-1") -> connect:
    return connect(f"ws://127.0.0.1:{edge.port}/live/{token}", proxy=None)


def notice(sequence: int, session: str = "session-1") -> SessionNotice:
    return SessionNotice(TENANT, session, sequence, {"energy_wh": sequence})


async def hears(socket: Any) -> Any:
    async with asyncio.timeout(5):
        return json.loads(await socket.recv())


async def test_a_page_sees_the_view_and_then_what_changes(
    edge: Edge, app: FakeApp, bus: InProcessBus
) -> None:
    async with page(edge) as one, page(edge, "token-2") as two:
        for socket in (one, two):
            assert await hears(socket) == {"sequence": 0, "view": {"energy_wh": 0}}
        await bus.send("edge", notice(1, session="another"))
        await bus.send("edge", notice(2))
        await bus.send("edge", notice(1))
        await bus.send("edge", notice(3))
        for socket in (one, two):
            assert [(await hears(socket))["sequence"] for _ in range(2)] == [2, 3]
    assert app.watches[0].token == "token-1"
    assert app.watches[0].queue == "edge"
    assert app.connects == []


@pytest.mark.parametrize("error", [NotFound("no"), NotAllowed("no")])
async def test_a_token_the_app_does_not_know_is_refused(
    edge: Edge, app: FakeApp, error: NotFound | NotAllowed
) -> None:
    app.error = error
    with pytest.raises(InvalidStatus) as refused:
        async with page(edge):
            pass
    assert refused.value.response.status_code == 401


async def test_the_watch_is_renewed_and_a_refusal_then_closes_the_page(
    edge: Edge, app: FakeApp
) -> None:
    app.watching = Watching(TENANT, "session-1", 1, {"energy_wh": 0})
    async with page(edge) as socket:
        await hears(socket)
        app.watching = Watching(TENANT, "session-1", 1, {"energy_wh": 9}, 9)
        await until(lambda: len(app.watches) >= 2)
        assert await hears(socket) == {"sequence": 9, "view": {"energy_wh": 9}}
        app.refusals["token-1"] = NotFound("over")
        with pytest.raises(ConnectionClosed):
            await socket.recv()


async def test_a_closed_page_is_forgotten(edge: Edge) -> None:
    async with page(edge) as socket:
        await hears(socket)
    await until(lambda: not edge._live._pages)
