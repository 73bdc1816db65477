"""Processes: parts that share a fate. One is killed whole, at any await, and runs no more."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from datetime import UTC, datetime, timedelta
from typing import Any

from app.charging.errors import StromError

START = datetime(2026, 6, 1, 6, tzinfo=UTC)
LEAST_SLEEP_S = 0.001
PROCESS: ContextVar["Process | None"] = ContextVar("PROCESS", default=None)


class Lost(Exception):
    """No answer came: the request was lost, or the answer, or whoever was asked has died."""


class SkewedClock:
    """A process's clock: virtual time, off by a little."""

    def __init__(self, loop: asyncio.AbstractEventLoop, skew_s: float = 0.0) -> None:
        self._loop = loop
        self._start = START + timedelta(seconds=skew_s)

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time())

    async def sleep(self, seconds: float) -> None:
        # Below a millisecond a sleeper could wake again and again in the same moment.
        await asyncio.sleep(max(seconds, LEAST_SLEEP_S) if seconds > 0 else 0)


class SeededChance:
    """The ``Chance`` port, the same every time."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def token_bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def below(self, limit: int) -> int:
        return self._random.randrange(limit)


class Process:
    """Tasks that live and die together. ``defect`` hears of errors nobody expects."""

    def __init__(
        self,
        name: str,
        loop: asyncio.AbstractEventLoop,
        seed: str,
        defect: Callable[[str, BaseException], None],
        *,
        skew_s: float = 0.0,
    ) -> None:
        self.name = name
        self.loop = loop
        self.alive = True
        self.clock = SkewedClock(loop, skew_s)
        self.chance = SeededChance(f"{seed}/{name}/chance")
        self.dice = random.Random(f"{seed}/{name}/dice")
        self.dies_after: int | None = None
        """So many more steps (table, wallet, bus) and it dies."""
        self.at_death: list[Callable[[], None]] = []
        self._defect = defect
        self._tasks: dict[asyncio.Task[Any], None] = {}

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something in this process."""
        context = copy_context()
        context.run(PROCESS.set, self)
        return self.loop.create_task(work, context=context)

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """A task was made by something that runs here."""
        self._tasks[task] = None
        task.add_done_callback(self._ended)
        if not self.alive:
            task.cancel()

    def step(self) -> None:
        """Something that others can see is about to happen, or just has: a place to die."""
        if self.dies_after is not None:
            self.dies_after -= 1
            if self.dies_after <= 0:
                self.kill()
        if not self.alive:
            raise asyncio.CancelledError

    def kill(self) -> None:
        """It is gone: nothing of it reaches the outside any more."""
        if not self.alive:
            return
        self.alive = False
        self.dies_after = None
        for task in tuple(self._tasks):
            task.cancel()
        for told in self.at_death:
            told()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None and self.alive and not isinstance(error, StromError | Lost):
            self._defect(self.name, error)


def make_task(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, Any],
    *,
    context: Context | None = None,
) -> asyncio.Task[Any]:
    """The loop's task factory: every task belongs to the process in whose context it is made."""
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, context=context)
    owner = PROCESS.get() if context is None else context.get(PROCESS)
    if owner is not None:
        owner.adopt(task)
    return task
