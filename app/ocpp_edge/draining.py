"""Letting charge points go when an instance stops: gently, and within a time.

Sockets are closed in random order and not all at once, or all charge points would come back at
once. One that waits for an answer, or owes us one, is left to finish first. Then the app is told
what it does not know: what was said last, and who is gone.
"""

import asyncio
import contextlib
from collections.abc import Callable

from app.charging.ports import Chance, Clock
from app.ocpp_edge.connection import EdgeConnection
from app.ocpp_edge.departures import Departures
from app.ocpp_edge.dispatcher import Dispatcher
from app.ocpp_edge.fleet.drops import RESTART
from app.ocpp_edge.registry import Registry
from app.ocpp_edge.server import EdgeServer

CLOSES_PER_SECOND = 500
PAUSES = 50
LOOKED_AGAIN_S = 0.05
GOING_AWAY = 1001


class Drain:
    """One instance's end. All of it takes ``drain_s`` at most."""

    def __init__(
        self,
        server: EdgeServer,
        registry: Registry,
        dispatcher: Dispatcher,
        departures: Departures,
        clock: Clock,
        chance: Chance,
        drain_s: float,
    ) -> None:
        self._server = server
        self._registry = registry
        self._dispatcher = dispatcher
        self._departures = departures
        self._clock = clock
        self._chance = chance
        self._drain_s = drain_s
        self._end = 0.0

    async def run(self) -> None:
        """Take no one in, let go who is here, tell the app all."""
        began = self._now()
        self._end = began + self._drain_s
        self._server.stop_listening()
        await self._close_idle(began + self._drain_s / 2)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._left_s):
                await self._server.wait_closed()
        await self._dispatcher.drain(self._clock, self._left_s)
        await self._until(lambda: self._departures.is_done, self._end)

    async def _close_idle(self, patience_until: float) -> None:
        """Close those that are idle, then those that became so, in the end the rest."""
        chargers = {charger.socket: charger for charger in self._registry.chargers}
        waiting = self._shuffled(self._server.connections)
        spread_s = min(self._drain_s / 2, len(waiting) / CLOSES_PER_SECOND)
        pause_s, pause_every = spread_s / PAUSES, max(1, len(waiting) // PAUSES)
        while waiting:
            is_late = self._now() >= patience_until
            busy = []
            for position, socket in enumerate(waiting, 1):
                charger = chargers.get(socket)
                if charger is not None and charger.is_busy and not is_late:
                    busy.append(socket)
                else:
                    socket.close_soon(GOING_AWAY, RESTART)
                if len(waiting) > PAUSES and position % pause_every == 0:
                    await self._clock.sleep(pause_s)
            waiting = [socket for socket in busy if not socket.is_lost]
            if waiting:
                await self._clock.sleep(LOOKED_AGAIN_S)

    async def _until(self, is_done: Callable[[], bool], end: float) -> None:
        while not is_done() and self._now() < end:
            await self._clock.sleep(LOOKED_AGAIN_S)

    @property
    def _left_s(self) -> float:
        return max(self._end - self._now(), 0.0)

    def _shuffled(self, sockets: list[EdgeConnection]) -> list[EdgeConnection]:
        for last in range(len(sockets) - 1, 0, -1):
            other = self._chance.below(last + 1)
            sockets[last], sockets[other] = sockets[other], sockets[last]
        return sockets

    def _now(self) -> float:
        return self._clock.now().timestamp()
