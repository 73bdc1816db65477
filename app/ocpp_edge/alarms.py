"""One task that wakes whoever asked to be woken: no task or timer per connection."""

import asyncio
import heapq
import itertools
import logging
from collections.abc import Callable

from app.charging.ports import Clock

log = logging.getLogger(__name__)

LONGEST_NAP_S = 5.0
"""The wall clock may be set while we sleep; never oversleep by more than this."""


class Alarm:
    """A call to come; ``cancel`` takes it back."""

    __slots__ = ("action", "at")

    def __init__(self, at: float, action: Callable[[], None]) -> None:
        self.at = at
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Do not call."""
        self.action = None


class Alarms:
    """Calls functions at moments of a time that never goes back.

    The wall clock may: set back by ten minutes, it would keep every answer that is waited for, and
    every reading that is held, for ten minutes more.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Alarm]] = []
        self._order = itertools.count()
        self._napping: asyncio.Future[None] | None = None
        self._wakes_at = float("inf")
        self._last = 0.0
        self._set_back = 0.0

    def now(self) -> float:
        """The present moment in seconds since 1970, as the wall clock has it."""
        return self._clock.now().timestamp()

    def steady(self) -> float:
        """Seconds since 1970, and those that the wall clock was set back by meanwhile."""
        now = self.now()
        self._set_back += max(self._last - now, 0.0)
        self._last = now
        return now + self._set_back

    def steady_at(self, moment: float) -> float:
        """What that will be when the wall clock shows a moment, unless it is set meanwhile."""
        return self.steady() - self._last + moment

    def at(self, moment: float, action: Callable[[], None]) -> Alarm:
        """Call ``action`` at a steady moment; at once, but not within this call, if it is past."""
        alarm = Alarm(moment, action)
        heapq.heappush(self._heap, (moment, next(self._order), alarm))
        if moment < self._wakes_at and self._napping is not None:
            self._napping.cancel()
        return alarm

    def after(self, seconds: float, action: Callable[[], None]) -> Alarm:
        """Call ``action`` some time from now."""
        return self.at(self.steady() + seconds, action)

    async def run(self) -> None:
        """Call what is due, for ever."""
        while True:
            self.ring()
            now = self.steady()
            first = self._heap[0][0] if self._heap else now + LONGEST_NAP_S
            await self._nap(min(max(first - now, 0.0), LONGEST_NAP_S), now)

    def ring(self) -> None:
        """Call what is due by now."""
        now = self.steady()
        while self._heap and self._heap[0][0] <= now:
            action = heapq.heappop(self._heap)[2].action
            if action is None:
                continue
            try:
                action()
            except Exception:
                log.exception("an alarm failed")

    async def _nap(self, seconds: float, now: float) -> None:
        self._napping = asyncio.ensure_future(self._clock.sleep(seconds))
        self._wakes_at = now + seconds
        try:
            await asyncio.wait((self._napping,))
        finally:
            self._napping.cancel()
            self._napping, self._wakes_at = None, float("inf")
