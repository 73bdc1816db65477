"""A charge point that behaves, beside those that do not."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncIterator

from websockets.asyncio.client import ClientConnection, connect

from tests.ocpp_edge.hostile.served_edge import ANSWERS_WITHIN_S, ServedEdge

EVERY_S = 0.05


@contextlib.asynccontextmanager
async def charge_point(
    edge: ServedEdge, name: str, *, patience_s: float = ANSWERS_WITHIN_S
) -> AsyncIterator[ClientConnection]:
    """One that is let in."""
    async with connect(
        f"ws://127.0.0.1:{edge.port}/{name}",
        subprotocols=["ocpp1.6"],  # type: ignore[list-item]  # a NewType of str
        proxy=None,
        open_timeout=patience_s,
        ping_interval=None,
    ) as socket:
        yield socket


@contextlib.asynccontextmanager
async def good_neighbour(edge: ServedEdge) -> AsyncIterator[list[float]]:
    """Asks all the time, and has every answer; the list is of how long each took."""
    waits_s: list[float] = []
    async with charge_point(edge, "good-neighbour") as socket:
        asking = asyncio.create_task(_ask(socket, waits_s))
        try:
            yield waits_s
            seen = len(waits_s)
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                while len(waits_s) < seen + 3 and not asking.done():
                    await asyncio.sleep(EVERY_S)
        finally:
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asking
    assert max(waits_s) < ANSWERS_WITHIN_S


async def _ask(socket: ClientConnection, waits_s: list[float]) -> None:
    for number in itertools.count():
        asked = time.monotonic()
        await socket.send(json.dumps([2, f"{number}", "Heartbeat", {}]))
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            answer = json.loads(await socket.recv())
        assert answer[:2] == [3, f"{number}"]
        waits_s.append(time.monotonic() - asked)
        await asyncio.sleep(EVERY_S)
