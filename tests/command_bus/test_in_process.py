"""The bus of one process: waits, keeps order, is bounded."""

from __future__ import annotations

import asyncio

from app.command_bus.in_process import InProcessBus
from app.edge_messages import CommandBus, Kick


def kick(epoch: int) -> Kick:
    return Kick("tenant", "cp", epoch)


async def test_a_reader_waits_for_the_first_message() -> None:
    bus: CommandBus = InProcessBus()
    reading = asyncio.create_task(bus.receive("a"))
    await asyncio.sleep(0)
    assert not reading.done()
    await bus.send("b", kick(1))
    await bus.send("a", kick(2))
    assert await reading == (kick(2),)


async def test_what_waits_comes_at_once() -> None:
    bus = InProcessBus()
    for epoch in range(3):
        await bus.send("a", kick(epoch))
    assert await bus.receive("a") == (kick(0), kick(1), kick(2))


async def test_a_full_queue_drops_the_oldest() -> None:
    bus = InProcessBus(limit=2)
    for epoch in range(5):
        await bus.send("a", kick(epoch))
    assert await bus.receive("a") == (kick(3), kick(4))
