"""Every call that leaves the process, by name: recorded in one run, died at in another.

A name says which call of its kind in the journey it is, and from which side it is looked at:
``wallet.pay#1.before`` is the moment before the wallet hears of it, ``wallet.pay#1.after`` the
moment when it has paid and nobody has been told.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

_looking: ContextVar[bool] = ContextVar("looking", default=False)


@contextmanager
def only_looking() -> Iterator[None]:
    """What is asked in here on behalf of a test that waits for something is not counted."""
    token = _looking.set(True)
    try:
        yield
    finally:
        _looking.reset(token)


class Boundaries:
    """Counts calls from when it is armed, and ends the process at one of them."""

    def __init__(self, last_word: Callable[[str], None]) -> None:
        self._last_word = last_word
        self._counts: Counter[str] = Counter()
        self._deadly = ""
        self.names: list[str] = []
        self.counting = False

    def arm(self, deadly: str = "") -> None:
        """From now on calls are counted; the process dies at ``deadly``, if that is reached."""
        self._counts.clear()
        self.names.clear()
        self._deadly = deadly
        self.counting = True

    def disarm(self) -> list[str]:
        """Nothing is counted and nobody dies any more; returns what was passed."""
        self.counting = False
        return self.names

    def before(self, call: str) -> str:
        """A call is about to be made; returns its name."""
        if not self.counting or _looking.get():
            return ""
        self._counts[call] += 1
        name = f"{call}#{self._counts[call]}"
        self._pass(f"{name}.before")
        return name

    def after(self, name: str) -> None:
        """A call had its effect; its answer has not been looked at."""
        if name and self.counting:
            self._pass(f"{name}.after")

    async def around(self, call: str, made: Callable[[], Awaitable[T]]) -> T:
        """Make a call."""
        name = self.before(call)
        answer = await made()
        self.after(name)
        return answer

    def _pass(self, name: str) -> None:
        self.names.append(name)
        if name == self._deadly:
            self._last_word(name)
            os.kill(os.getpid(), signal.SIGKILL)
