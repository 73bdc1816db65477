"""Waiting for something to become true, without polling and without missing a short moment."""

import asyncio
from collections.abc import Callable


class Bell:
    """Rung after every change; each ring asks every waiter whether its moment has come."""

    def __init__(self) -> None:
        self._waiters: dict[asyncio.Future[None], Callable[[], bool]] = {}

    def ring(self) -> None:
        """Something has changed."""
        for future, holds in tuple(self._waiters.items()):
            if not future.done() and holds():
                future.set_result(None)

    async def until(self, holds: Callable[[], bool], timeout: float | None = None) -> None:
        """Return as soon as it holds, even if only for one ring; raises ``TimeoutError``."""
        if holds():
            return
        future = asyncio.get_running_loop().create_future()
        self._waiters[future] = holds
        try:
            async with asyncio.timeout(timeout):
                await future
        finally:
            del self._waiters[future]
