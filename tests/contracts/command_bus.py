"""What every command bus does: `app.edge_messages.CommandBus`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from app.edge_messages import (
    BusMessage,
    Command,
    CommandBus,
    Deadline,
    DeadlineMoved,
    FrameLogging,
    FramesWanted,
    Kick,
    ReadingsWanted,
    SessionNotice,
)
from app.operations import SendSignedCertificate


def kick(epoch: int) -> Kick:
    return Kick("tenant", "cp", epoch)


NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EVERY_KIND: tuple[BusMessage, ...] = (
    kick(1),
    Command("c", "t", "cp", SendSignedCertificate("PEM"), 2, NOW, 7),
    SessionNotice("t", "s", 3, {"phase": "charging", "energy_wh": 12}),
    DeadlineMoved("t", "cp", 2, Deadline(1, 1, NOW, 900)),
    ReadingsWanted("t", "cp", 2),
    FramesWanted("t", "cp", 2, FrameLogging(NOW)),
)


async def next_of(bus: CommandBus, queue: str, count: int) -> list[BusMessage]:
    """The next ones, however many come at a time."""
    got: list[BusMessage] = []
    async with asyncio.timeout(30):
        while len(got) < count:
            got += await bus.receive(queue)
    return got


class BusContract:
    """Subclasses bring ``bus`` and ``queues``, two names that it knows."""

    @pytest.fixture
    async def bus(self) -> CommandBus:
        raise NotImplementedError

    @pytest.fixture
    async def queues(self) -> tuple[str, str]:
        raise NotImplementedError

    async def test_a_reader_waits_for_the_first_message(
        self, bus: CommandBus, queues: tuple[str, str]
    ) -> None:
        ours, others = queues
        reading = asyncio.create_task(next_of(bus, ours, 1))
        await bus.send(others, kick(1))
        await asyncio.sleep(0.05)
        assert not reading.done()
        await bus.send(ours, kick(2))
        assert await reading == [kick(2)]

    async def test_every_kind_arrives_as_it_was_sent(
        self, bus: CommandBus, queues: tuple[str, str]
    ) -> None:
        for message in EVERY_KIND:
            await bus.send(queues[0], message)
        got = await next_of(bus, queues[0], len(EVERY_KIND))
        assert sorted(map(repr, got)) == sorted(map(repr, EVERY_KIND))

    async def test_more_than_one_answer_holds_come_all(
        self, bus: CommandBus, queues: tuple[str, str]
    ) -> None:
        for epoch in range(25):
            await bus.send(queues[0], kick(epoch))
        got = await next_of(bus, queues[0], 25)
        assert {each.epoch for each in got if isinstance(each, Kick)} == set(range(25))

    async def test_what_was_read_does_not_come_again(
        self, bus: CommandBus, queues: tuple[str, str]
    ) -> None:
        await bus.send(queues[0], kick(1))
        assert await next_of(bus, queues[0], 1) == [kick(1)]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await bus.receive(queues[0])
