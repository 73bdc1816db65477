"""The command bus: messages late, lost, doubled, out of order; a queue outlives its reader."""

import asyncio
from collections import deque

from app.edge_messages import BusMessage
from app.entrypoints.loops import LocalQueue
from app.records.effects import EffectRef
from tests.simulation.faults import Trouble
from tests.simulation.process import Process

QUICK_S = (0.001, 0.03)
SLOW_S = (1.0, 70.0)
QUEUE_SLOW_S = (4.0, 11.0)


class Post:
    """Every queue there is."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[BusMessage]] = {}
        self._waiting: dict[str, asyncio.Future[None]] = {}

    def arrive(self, queue: str, message: BusMessage) -> None:
        """A message has come."""
        self._queues.setdefault(queue, deque()).append(message)
        waiting = self._waiting.pop(queue, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def take(self, queue: str) -> tuple[BusMessage, ...]:
        """All that lies there, at least one."""
        lying = self._queues.setdefault(queue, deque())
        while not lying:
            waiting = self._waiting[queue] = asyncio.get_running_loop().create_future()
            await waiting
        found = tuple(lying)
        lying.clear()
        return found


class ProcessBus:
    """The ``CommandBus`` port of one process."""

    def __init__(self, process: Process, post: Post, trouble: Trouble) -> None:
        self._process = process
        self._post = post
        self._trouble = trouble

    async def send(self, queue: str, message: BusMessage) -> None:
        process, dice = self._process, self._process.dice
        process.step()
        if self._trouble.hits(dice, "bus_lost"):
            return
        copies = 2 if self._trouble.hits(dice, "bus_doubled") else 1
        for _ in range(copies):
            slow = self._trouble.hits(dice, "bus_slow")
            after_s = dice.uniform(*(SLOW_S if slow else QUICK_S))
            process.loop.call_later(after_s, self._post.arrive, queue, message)

    async def receive(self, queue: str) -> tuple[BusMessage, ...]:
        found = await self._post.take(queue)
        self._process.step()
        return found


class ProcessQueue:
    """The perform queue of one process; what lies in it dies with it."""

    def __init__(self, process: Process, trouble: Trouble) -> None:
        self._process = process
        self._trouble = trouble
        self.real = LocalQueue()

    async def put(self, ref: EffectRef) -> None:
        dice = self._process.dice
        if self._trouble.hits(dice, "queue_lost"):
            return
        for _ in range(2 if self._trouble.hits(dice, "queue_doubled") else 1):
            if self._trouble.hits(dice, "queue_slow"):
                self._process.spawn(self._put_later(ref))
            else:
                await self.real.put(ref)

    async def _put_later(self, ref: EffectRef) -> None:
        """About when the sweep finds it as well."""
        await asyncio.sleep(self._process.dice.uniform(*QUEUE_SLOW_S))
        await self.real.put(ref)
