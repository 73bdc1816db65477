"""Requests between processes: they and their answers take time, and get lost."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tests.simulation.faults import Trouble
from tests.simulation.process import Lost, Process

T = TypeVar("T")
QUICK_S = (0.001, 0.02)
SLOW_S = (0.5, 20.0)


class Network:
    """The way to a process that serves requests."""

    def __init__(self, dice: random.Random, trouble: Trouble) -> None:
        self._dice = dice
        self._trouble = trouble

    async def ask(
        self, target: Process, work: Callable[[], Awaitable[T]], *, timeout_s: float
    ) -> T:
        """Have ``work`` done in another process; raises what it raises, or ``Lost``."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._ask(target, work)
        except TimeoutError:
            raise Lost("no answer came in time") from None

    async def _ask(self, target: Process, work: Callable[[], Awaitable[T]]) -> T:
        await self._travel()
        if self._trouble.hits(self._dice, "request_lost"):
            await asyncio.sleep(10_000)
        if not target.alive:
            raise Lost("nobody listens")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def died() -> None:
            if not answer.done():
                answer.set_exception(Lost("the process died"))

        async def serve() -> None:
            try:
                result = await work()
            except Exception as error:
                if not answer.done():
                    answer.set_exception(error)
            else:
                if not answer.done():
                    answer.set_result(result)

        target.at_death.append(died)
        target.spawn(serve())
        try:
            result = await answer
        finally:
            if died in target.at_death:
                target.at_death.remove(died)
            if not answer.done():
                answer.cancel()
        if self._trouble.hits(self._dice, "answer_lost"):
            await asyncio.sleep(10_000)
        await self._travel()
        return result

    async def _travel(self) -> None:
        slow = self._trouble.hits(self._dice, "network_slow")
        await asyncio.sleep(self._dice.uniform(*(SLOW_S if slow else QUICK_S)))
