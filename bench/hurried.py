"""An event loop with real sockets and threads whose clock jumps over every wait for the time.

Where others sleep until the next timer, it looks for a moment whether a socket of this process
still has something, and then lets the time be what was waited for. While a thread works (a
request to the table), time passes as it does everywhere. So a program that mostly waits runs its
hour in seconds, and what it does takes as long as it takes.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

GRACE_S = 0.002
"""What one side of a loopback socket has sent, the other sees sooner."""
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(slots=True)
class Span:
    """A piece of work whose waits for threads are counted; those at one time count once."""

    began: float
    skipped_before: float
    computed_before: float
    in_threads_s: float = 0.0
    under_way: int = 0
    since: float = 0.0


SPAN: ContextVar[Span | None] = ContextVar("SPAN", default=None)


class HurriedLoop(asyncio.SelectorEventLoop):
    """See the module. ``skipped_s`` is what was jumped over so far."""

    def __init__(self) -> None:
        self.skipped_s = 0.0
        self.in_threads = 0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        """Seconds, those that were jumped over included."""
        return super().time() + self.skipped_s

    def run_in_executor(  # type: ignore[override]  # typeshed's is generic over TypeVarTuple
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """As ever, but in the caller's context, and counted."""
        span = SPAN.get()
        self.in_threads += 1
        if span is not None:
            span.since = span.since if span.under_way else self.time()
            span.under_way += 1
        future = super().run_in_executor(executor, copy_context().run, func, *args)

        def done(_: object) -> None:
            self.in_threads -= 1
            if span is not None:
                span.under_way -= 1
                if not span.under_way:
                    span.in_threads_s += self.time() - span.since

        future.add_done_callback(done)
        return future

    def span(self) -> Span:
        """Work that begins now."""
        return Span(self.time(), self.skipped_s, time.thread_time())


class _Jumping(selectors.DefaultSelector):
    """In the place of a selector: what would sleep, jumps."""

    def __init__(self, loop: HurriedLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= GRACE_S or self._loop.in_threads:
            return super().select(timeout)
        events = super().select(GRACE_S)
        if not events:
            self._loop.skipped_s += timeout - GRACE_S
        return events


class HurriedClock:
    """The ``Clock`` port on that loop."""

    def __init__(self) -> None:
        self._began = asyncio.get_running_loop().time()

    def now(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time() - self._began)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
