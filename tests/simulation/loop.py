"""An event loop whose clock jumps to the next timer: nobody ever really waits."""

import asyncio
from asyncio import events
from collections import deque
from collections.abc import Callable
from contextvars import Context
from heapq import heapify, heappop, heappush
from typing import TypeVarTuple

Ts = TypeVarTuple("Ts")

MOST_CANCELLED = 200
"""Timers that were called off and still lie in the heap; most are called off."""


class Standstill(AssertionError):
    """Nothing is left that could ever happen: somebody waits for what never comes."""


class VirtualLoop(asyncio.BaseEventLoop):
    """No sockets, no threads, no real time; what happens depends on the program alone.

    A leaner inside than asyncio's own, since most of a run is spent there: timers that are due at
    the same moment run in the order in which they were set.
    """

    _ready: deque[events.Handle]

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._set = 0
        self._called_off = 0

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now

    def jump(self, seconds: float) -> None:
        """Let time pass at once; timers that are due by then run late, in order."""
        self._now += seconds

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> events.Handle:
        """In this round or the next."""
        handle = events.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """After so many virtual seconds."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """At a moment of virtual time."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        handle._scheduled = True  # type: ignore[attr-defined]  # so that it says when called off
        self._set += 1
        heappush(self._timers, (when, self._set, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        self._called_off += 1
        if self._called_off > MOST_CANCELLED and self._called_off * 2 > len(self._timers):
            self._timers = [timer for timer in self._timers if not timer[2].cancelled()]
            heapify(self._timers)
            self._called_off = 0

    def _run_once(self) -> None:
        timers, ready = self._timers, self._ready
        while timers and timers[0][2].cancelled():
            heappop(timers)
            self._called_off -= 1
        if not ready and not self._stopping:  # type: ignore[attr-defined]  # of the base class
            if not timers:
                raise Standstill("nothing is left that could ever happen")
            self._now = max(self._now, timers[0][0])
        now = self._now
        while timers and timers[0][0] <= now:
            handle = heappop(timers)[2]
            handle._scheduled = False  # type: ignore[attr-defined]  # being called off is free now
            if handle.cancelled():
                self._called_off -= 1
            else:
                ready.append(handle)
        for _ in range(len(ready)):
            next_one = ready.popleft()
            if not next_one.cancelled():
                next_one._run()

    def _process_events(self, event_list: list[object]) -> None:
        """There are no sockets, so there are no events."""

    def _write_to_self(self) -> None:
        """There is no other thread that could have to wake this one."""
