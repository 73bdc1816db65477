"""What killed edges leave behind is removed, and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from app.charging.errors import Unavailable
from app.command_bus.sqs import SqsBus
from app.command_bus.sqs_clearing import QueueClearing
from tests.support.aws import local_aws


class Later:
    """The time on this machine, and some more."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing waits here")


@pytest.fixture
async def bus(ministack_endpoint: str) -> AsyncIterator[SqsBus]:
    async with local_aws(ministack_endpoint) as aws:
        yield SqsBus(aws, f"strom-{uuid.uuid4().hex[:8]}-edge-")


async def alive(instance: str) -> bool:
    return instance == "alive"


async def exists(bus: SqsBus, queue: str) -> bool:
    try:
        await SqsBus(bus.aws, bus.prefix)._url(queue)
    except Unavailable:
        return False
    return True


async def test_queues_of_the_dead_go_and_those_of_the_living_stay(bus: SqsBus) -> None:
    other = SqsBus(bus.aws, f"other{bus.prefix}")
    for queue in ("alive", "dead-1", "dead-2"):
        await bus.open(queue)
    await other.open("dead-1")
    clearing = QueueClearing(bus.aws, bus.prefix, alive, Later(timedelta(hours=2)))

    assert await clearing.clear() == 2
    assert [await exists(bus, each) for each in ("alive", "dead-1", "dead-2")] == [
        True,
        False,
        False,
    ]
    assert await exists(other, "dead-1")
    assert await clearing.clear() == 0


async def test_a_queue_that_was_made_just_now_is_left(bus: SqsBus) -> None:
    await bus.open("not-yet-alive")
    clearing = QueueClearing(bus.aws, bus.prefix, alive, Later(timedelta(minutes=30)))
    assert await clearing.clear() == 0
    assert await exists(bus, "not-yet-alive")
