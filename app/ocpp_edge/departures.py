"""Tells the app which sockets have closed, until it knows: else a charger looks online for ever."""

import asyncio
import logging
from datetime import timedelta

from app.charging.errors import StromError
from app.charging.ports import Clock
from app.edge_messages import Disconnect
from app.ocpp_edge.app_client import AppClient
from app.ocpp_edge.settings import EdgeSettings

log = logging.getLogger(__name__)

MAX_KEPT = 50_000
AT_ONCE = 16


class Departures:
    """Disconnects the app does not know of yet; a newer connection makes one void."""

    def __init__(self, app: AppClient, clock: Clock, settings: EdgeSettings) -> None:
        self._app = app
        self._clock = clock
        self._settings = settings
        self._owed: dict[tuple[str, str], Disconnect] = {}
        self._wake = asyncio.Event()

    def add(
        self, tenant: str, charge_point: str, epoch: int, reason: str = "", silent_s: float = 0
    ) -> None:
        """A socket has closed, from which nothing had come for so long."""
        if len(self._owed) >= MAX_KEPT:
            del self._owed[next(iter(self._owed))]
        self._owed[tenant, charge_point] = Disconnect(
            tenant,
            charge_point,
            epoch,
            self._settings.instance,
            reason,
            self._clock.now() - timedelta(seconds=silent_s),
        )
        self._wake.set()

    def withdraw(self, tenant: str, charge_point: str) -> None:
        """The charge point is back; its epoch tells the app all."""
        self._owed.pop((tenant, charge_point), None)

    @property
    def is_done(self) -> bool:
        """Whether the app knows all."""
        return not self._owed

    async def run(self) -> None:
        """Tell, for ever."""
        wait = self._settings.retry_s
        while True:
            await self._wake.wait()
            if await self._tell_some():
                wait = self._settings.retry_s
            else:
                await self._clock.sleep(wait)
                wait = min(wait * 2, self._settings.retry_at_most_s)
            if not self._owed:
                self._wake.clear()

    async def _tell_some(self) -> bool:
        """True when the app took them."""
        some = list(self._owed.items())[:AT_ONCE]
        told = await asyncio.gather(*(self._tell(message) for _, message in some))
        for (name, message), is_told in zip(some, told, strict=True):
            if is_told and self._owed.get(name) is message:
                del self._owed[name]
        return all(told)

    async def _tell(self, message: Disconnect) -> bool:
        try:
            await self._app.disconnect(message)
        except StromError as error:
            log.debug("a disconnect could not be told: %s", error.message)
            return False
        return True
