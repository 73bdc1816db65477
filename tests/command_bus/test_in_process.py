"""The bus of one process: waits, keeps order, is bounded."""

from __future__ import annotations

import pytest

from app.command_bus.in_process import InProcessBus
from app.edge_messages import CommandBus
from tests.contracts.command_bus import BusContract, kick


class TestInProcessBus(BusContract):
    @pytest.fixture
    async def bus(self) -> CommandBus:
        return InProcessBus()

    @pytest.fixture
    async def queues(self) -> tuple[str, str]:
        return "a", "b"


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
