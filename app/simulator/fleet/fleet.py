"""Many chargers in one process, each with its own small life."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from app.simulator.charger import SimulatedCharger
from app.simulator.core.battery import Battery
from app.simulator.core.tasks import Tasks
from app.simulator.fleet.life import FleetLife
from app.simulator.settings import SimulatorSettings
from app.simulator.wire.link import Measured


def fleet_identity(identity: str, number: int) -> str:
    """The name of the n-th charger."""
    return f"{identity}-{number:05d}"


class Fleet:
    """Chargers named ``{identity}-00001`` and so on, with one password; or as they are given."""

    def __init__(
        self,
        url: str,
        identity: str = "",
        password: str = "",
        *,
        count: int = 0,
        first: int = 1,
        credentials: Sequence[tuple[str, str]] = (),
        connectors: int = 1,
        settings: SimulatorSettings | None = None,
        life: FleetLife | None = None,
        start_within_s: float = 10.0,
        seed: int | None = None,
        measured: Measured | None = None,
        source: str = "",
    ) -> None:
        self._life = life
        self._start_within_s = start_within_s
        self._random = random.Random(seed)
        self._tasks = Tasks()
        lean = replace(settings or SimulatorSettings(), log_length=0)
        named = credentials or [
            (fleet_identity(identity, number), password) for number in range(first, first + count)
        ]
        self.chargers = [
            SimulatedCharger(
                url,
                name,
                secret,
                connectors=connectors,
                settings=lean,
                measured=measured,
                source=source,
            )
            for name, secret in named
        ]

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def start(self) -> None:
        """Switch them on, spread over ``start_within_s``; without a ``life`` no cars come."""
        self._tasks.spawn(self._switch_on())

    async def close(self) -> None:
        """Switch all of them off."""
        await self._tasks.cancel()
        await asyncio.gather(*(charger.close() for charger in self.chargers))

    @property
    def registered(self) -> int:
        """How many are connected and accepted."""
        return sum(charger.registered for charger in self.chargers)

    def statuses(self) -> Counter[str]:
        """How many connectors are in which status."""
        return Counter(
            charger.status_of(number)
            for charger in self.chargers
            for number in charger.station.connectors
        )

    def lose_the_line(self) -> None:
        """All of them at once, without a word; each comes back by itself."""
        for charger in self.chargers:
            charger.device.uplink.drop(stay_away=False)

    async def _switch_on(self) -> None:
        shuffled = self._random.sample(self.chargers, len(self.chargers))
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number, charger in enumerate(shuffled, 1):
            charger.start()
            if self._life:
                self._live(charger, self._life)
            due = began + self._start_within_s * number / len(shuffled)
            if due > loop.time():
                await asyncio.sleep(due - loop.time())

    def _live(self, charger: SimulatedCharger, life: FleetLife) -> None:
        for number in charger.station.connectors:
            self._tasks.spawn(self._cars(charger, number, life))

    async def _cars(self, charger: SimulatedCharger, connector: int, life: FleetLife) -> None:
        while True:
            await asyncio.sleep(self._random.expovariate(1 / life.idle_s))
            soc_percent = self._random.randrange(10, 80)
            charger.plug_in(connector, Battery(soc_percent=soc_percent))
            if life.id_tag:
                charger.swipe(life.id_tag, connector)
            await asyncio.sleep(self._random.expovariate(1 / life.parked_s))
            charger.unplug(connector)
