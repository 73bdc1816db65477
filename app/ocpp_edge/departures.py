"""Tells the app which sockets have closed, until it knows: else a charger looks online for ever.

Only once the app knows what was said on them: that a car has left is told before that nobody can
see it any more.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice

from app.charging.errors import StromError
from app.charging.ports import Clock
from app.edge_messages import Disconnect
from app.ocpp_edge.app_client import AppClient
from app.ocpp_edge.settings import EdgeSettings

log = logging.getLogger(__name__)

MAX_KEPT = 50_000
MAX_REMEMBERED = 10_000
AT_ONCE = 16

Name = tuple[str, str]
"""Tenant and charge point."""


class Departures:
    """Disconnects the app does not know of yet; a newer connection makes one void.

    ``has_told`` says whether the app knows what a charge point has said.
    """

    def __init__(
        self,
        app: AppClient,
        clock: Clock,
        settings: EdgeSettings,
        has_told: Callable[[str, str], bool],
    ) -> None:
        self._app = app
        self._clock = clock
        self._settings = settings
        self._has_told = has_told
        self._owed: dict[Name, Disconnect] = {}
        self._told: dict[Name, datetime] = {}
        self._wake = asyncio.Event()

    def add(
        self, tenant: str, charge_point: str, epoch: int, reason: str = "", silent_s: float = 0
    ) -> None:
        """A socket has closed, from which nothing had come for so long."""
        name = tenant, charge_point
        seen_at = self._clock.now() - timedelta(seconds=silent_s)
        before = self._owed.pop(name, None)
        if before is not None and before.seen_at is not None:  # none was open since
            seen_at = min(seen_at, before.seen_at)
        if len(self._owed) >= MAX_KEPT:
            del self._owed[next(iter(self._owed))]
        self._owed[name] = Disconnect(
            tenant, charge_point, epoch, self._settings.instance, reason, seen_at
        )
        self._wake.set()

    def withdraw(self, tenant: str, charge_point: str) -> datetime | None:
        """The charge point is back; its epoch tells the app all. When it was last seen before, if
        it was here."""
        told = self._told.pop((tenant, charge_point), None)
        owed = self._owed.pop((tenant, charge_point), None)
        return told if owed is None else owed.seen_at

    def look(self) -> None:
        """The app knows more of what was said."""
        if self._owed:
            self._wake.set()

    @property
    def is_done(self) -> bool:
        """Whether the app knows all."""
        return not self._owed

    async def run(self) -> None:
        """Tell, for ever."""
        wait = self._settings.retry_s
        self.look()
        while True:
            await self._wake.wait()
            self._wake.clear()
            while some := self._next():
                if await self._tell_some(some):
                    wait = self._settings.retry_s
                else:
                    await self._clock.sleep(wait)
                    wait = min(wait * 2, self._settings.retry_at_most_s)

    def _next(self) -> list[tuple[Name, Disconnect]]:
        """Some that nothing stands before any more."""
        ready = (one for one in self._owed.items() if self._has_told(*one[0]))
        return list(islice(ready, AT_ONCE))

    async def _tell_some(self, some: list[tuple[Name, Disconnect]]) -> bool:
        """True when the app took them."""
        told = await asyncio.gather(*(self._tell(message) for _, message in some))
        for (name, message), is_told in zip(some, told, strict=True):
            if is_told and self._owed.get(name) is message:
                del self._owed[name]
                self._remember(name, message)
        return all(told)

    def _remember(self, name: Name, message: Disconnect) -> None:
        """The app may have let it in anew before it was told: then it asks until when."""
        self._told.pop(name, None)
        if len(self._told) >= MAX_REMEMBERED:
            del self._told[next(iter(self._told))]
        if message.seen_at is not None:
            self._told[name] = message.seen_at

    async def _tell(self, message: Disconnect) -> bool:
        try:
            await self._app.disconnect(message)
        except StromError as error:
            log.debug("a disconnect could not be told: %s", error.message)
            return False
        return True
