"""Effects that are brought back at their time: once, and found by the sweep if nobody does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from app.charging import effects as ef
from app.charging.errors import Unavailable
from app.charging.session import Session
from app.flow import Again, FlowSettings, Performed
from app.records.effects import EffectRef, OwedEffect, ref_of
from tests.charging.sessions import NOON
from tests.flow.system import SESSION, TENANT, World, opening

GRACE_S = FlowSettings().queue_grace_s
AWAITED = ef.AwaitPayment(SESSION, "w1", "ab" * 32, 5000, NOON + timedelta(seconds=600))
REF = ref_of(TENANT, AWAITED)
Brought = tuple[EffectRef, int, float]


@dataclass
class Queue:
    """What would be brought back, and when."""

    brought: list[Brought] = field(default_factory=list)
    is_down: bool = False

    async def bring(self, ref: EffectRef, attempts: int, after_s: float) -> None:
        if self.is_down:
            raise Unavailable("no queue")
        self.brought.append((ref, attempts, after_s))


async def asked(_owed: OwedEffect, _session: Session | None) -> Performed:
    return Again(4, prompt=True)


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture
async def world(queue: Queue) -> World:
    world = World()
    world.acts[ef.AwaitPayment] = asked
    world.flow.bring = queue.bring
    await world.flow.owe(TENANT, AWAITED, opening(), 2, prompt=True)
    return world


async def test_each_attempt_has_the_next_brought(world: World, queue: Queue) -> None:
    assert queue.brought.pop() == (REF, 0, 2)
    assert await world.flow.perform(REF, attempts=0)
    assert queue.brought.pop() == (REF, 1, 4)
    assert await world.flow.perform(REF, attempts=1)
    assert queue.brought == [(REF, 2, 4)]


async def test_what_was_done_meanwhile_is_not_done_again(world: World, queue: Queue) -> None:
    """A driver's page has asked: what it has had brought goes on, and the one before ends."""
    await world.flow.perform(REF)
    assert not await world.flow.perform(REF, attempts=0)
    assert len(world.done) == 1
    assert [attempts for _, attempts, _ in queue.brought] == [0, 1]


async def test_the_sweep_finds_what_nobody_brings(world: World, queue: Queue) -> None:
    queue.is_down = True
    world.clock.pass_s(2)
    assert await world.flow.sweep("DUE#0") == 0, "somebody else's for a while"
    world.clock.pass_s(GRACE_S)
    assert await world.flow.sweep("DUE#0") == 1
    world.clock.pass_s(4 + GRACE_S)
    assert await world.flow.sweep("DUE#0") == 1
    assert len(world.done) == 2


async def test_where_nobody_can_the_sweep_comes_in_time() -> None:
    world = World()
    world.acts[ef.AwaitPayment] = asked
    await world.flow.owe(TENANT, AWAITED, opening(), 2, prompt=True)
    for wait_s in (2, 4):
        world.clock.pass_s(wait_s)
        assert await world.flow.sweep("DUE#0") == 1
    assert len(world.done) == 2
