"""Many chargers in one process, each with its own small life."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, replace
from typing import Self

from app.simulator.charger import SimulatedCharger
from app.simulator.core.battery import Battery
from app.simulator.core.tasks import Tasks
from app.simulator.settings import SimulatorSettings


@dataclass(frozen=True, slots=True)
class FleetLife:
    """How the cars of a fleet come and go; times on the wall clock, in seconds."""

    idle_s: float = 60.0
    """How long, on average, a connector stays free."""

    parked_s: float = 300.0
    """How long, on average, a car stays."""

    id_tag: str = ""
    """The card that drivers hold to the reader; without one they wait for a remote start."""


def fleet_identity(identity: str, number: int) -> str:
    """The name of the n-th charger."""
    return f"{identity}-{number:05d}"


class Fleet:
    """``count`` chargers named ``{identity}-00001`` and so on, with one password."""

    def __init__(
        self,
        url: str,
        identity: str,
        password: str,
        *,
        count: int,
        connectors: int = 1,
        settings: SimulatorSettings | None = None,
        life: FleetLife | None = None,
        start_within_s: float = 10.0,
        seed: int | None = None,
    ) -> None:
        self._life = life
        self._start_within_s = start_within_s
        self._random = random.Random(seed)
        self._tasks = Tasks()
        lean = replace(settings or SimulatorSettings(), log_length=0)
        self.chargers = [
            SimulatedCharger(
                url, fleet_identity(identity, n), password, connectors=connectors, settings=lean
            )
            for n in range(1, count + 1)
        ]

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def start(self) -> None:
        """Switch them on, spread over ``start_within_s``; without a ``life`` no cars come."""
        for charger in self.chargers:
            self._tasks.spawn(self._live(charger))

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

    async def _live(self, charger: SimulatedCharger) -> None:
        await asyncio.sleep(self._random.uniform(0, self._start_within_s))
        charger.start()
        if self._life:
            await asyncio.gather(
                *(self._cars(charger, number, self._life) for number in charger.station.connectors)
            )

    async def _cars(self, charger: SimulatedCharger, connector: int, life: FleetLife) -> None:
        while True:
            await asyncio.sleep(self._random.expovariate(1 / life.idle_s))
            soc_percent = self._random.randrange(10, 80)
            charger.plug_in(connector, Battery(soc_percent=soc_percent))
            if life.id_tag:
                charger.swipe(life.id_tag, connector)
            await asyncio.sleep(self._random.expovariate(1 / life.parked_s))
            charger.unplug(connector)
