"""An event loop whose clock jumps to the next timer: nobody ever really waits."""

import asyncio


class Standstill(AssertionError):
    """Nothing is left that could ever happen: somebody waits for what never comes."""


class VirtualLoop(asyncio.BaseEventLoop):
    """No sockets, no threads, no real time; what happens depends on the program alone."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._clock_resolution = 1e-9
        self._selector = _Jump(self)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now

    def jump(self, seconds: float) -> None:
        """Let time pass at once; timers that are due by then run late, in order."""
        self._now += seconds

    def to_next_timer(self) -> None:
        """Jump to the next timer, exactly: no rounding is left over."""
        scheduled: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        if not scheduled:
            raise Standstill("nothing is left that could ever happen")
        self._now = max(self._now, scheduled[0].when())

    def _process_events(self, event_list: list[object]) -> None:
        """There are no sockets, so there are no events."""

    def _write_to_self(self) -> None:
        """There is no other thread that could have to wake this one."""


class _Jump:
    """In the place of a selector: where others sleep, time jumps."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[object]:
        if timeout is None or timeout > 0:
            self._loop.to_next_timer()
        return []

    def close(self) -> None:
        """Nothing is held."""
