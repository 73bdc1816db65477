"""A Strom to be killed from inside: forked, armed, and started again on what it has left."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

from tests.chaos.pace import PLAIN, Pace
from tests.chaos.process import run
from tests.chaos.weather import CALM, Forecast
from tests.journeys.serving import PATIENCE_S, ServedStrom

AUDIT_PATIENCE_S = 600.0
"""The wallet is asked about every payment of a lane that may have died hundreds of times."""


def _server_of_forks() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.chaos.process"])
    return context


@dataclass
class ChaosStrom(ServedStrom):
    """Its process names its calls. Whoever died is started again by ``lives_on``."""

    forecast: Forecast = CALM
    pace: Pace = PLAIN
    deaths: list[str] = field(default_factory=list)
    process: ForkServerProcess | None = None
    _control: Connection | None = None
    _talk: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One listens at a time: whoever starts it must not hear another's answer, nor be robbed."""

    def start(self) -> None:
        context = _server_of_forks()
        self._control, theirs = context.Pipe()
        log = str(self.folder / "strom.log")
        self.process = context.Process(
            target=run, args=(self.environment, log, theirs, self.forecast, self.pace), daemon=True
        )
        self.process.start()
        theirs.close()
        self._hear("serves", PATIENCE_S)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self._bury()

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.join(10)
            self.kill()

    async def has_ended(self) -> None:
        """It ends by itself, and its last word is in the log."""
        assert self.process is not None
        await asyncio.to_thread(self.process.join, PATIENCE_S)
        self._bury()

    # --- what it is told ---

    async def arm(self, deadly: str = "") -> None:
        """Count from here; die at ``deadly``."""
        await self._ask("arm", deadly)

    async def disarm(self) -> list[str]:
        """Count no more; returns the names that were passed, in order."""
        return list(await self._ask("disarm"))

    async def weather(self) -> dict[str, int]:
        """What went wrong at the table so far."""
        return dict(await self._ask("weather"))

    async def audit(self, tenant: str) -> dict[str, Any]:
        """What `strom audit` says."""
        return dict(await self._ask("audit", tenant, patience_s=AUDIT_PATIENCE_S))

    async def lives_on(self, again: Callable[[], str]) -> None:
        """For ever: one that has died is started again, and armed with what ``again`` says."""
        while True:
            if await self._revived() and (deadly := again()):
                await self.arm(deadly)
            await asyncio.sleep(0.05)

    async def _revived(self) -> bool:
        """Whether it was dead."""
        async with self._talk:
            if self.process is None or self.process.is_alive():
                return False
            self._listen_to_the_dead()
            self._bury()
            try:
                await self.started_again()
            except EOFError:  # its port was somebody's just then: it is started once more
                return False
            return True

    async def _ask(self, order: str, given: str = "", patience_s: float = PATIENCE_S) -> Any:
        async with self._talk:
            assert self._control is not None
            self._control.send((order, given))
            return await asyncio.to_thread(self._hear, order, patience_s)

    def _hear(self, wanted: str, patience_s: float) -> Any:
        """What it says to this; meanwhile it may die."""
        control, give_up_at = self._control, time.monotonic() + patience_s
        assert control is not None
        while time.monotonic() < give_up_at:
            if control.poll(0.5):
                said, answer = control.recv()
                if said == wanted:
                    return answer
                self.deaths.append(answer)
        raise TimeoutError(f"Strom does not say {wanted}:\n{self.log[-3000:]}")

    def _listen_to_the_dead(self) -> None:
        assert self._control is not None
        try:
            while self._control.poll():
                said, name = self._control.recv()
                if said == "dies":
                    self.deaths.append(name)
        except (EOFError, OSError):
            return

    def _bury(self) -> None:
        assert self.process is not None
        self.process.join(PATIENCE_S)
        self.process.close()
        self.process = None
        if self._control is not None:
            self._control.close()
