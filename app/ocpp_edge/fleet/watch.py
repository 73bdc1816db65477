"""Keeps an eye on all charge points of an instance: what they may send, how they do."""

import asyncio
from weakref import WeakValueDictionary

from app.charging.ports import Clock
from app.ocpp_edge.alarms import Alarms
from app.ocpp_edge.charger import Charger
from app.ocpp_edge.connection import EdgeConnection
from app.ocpp_edge.fleet.limits import Allowance, Rate, Share
from app.ocpp_edge.fleet.metrics import Metrics
from app.ocpp_edge.fleet.quality import Reports
from app.ocpp_edge.registry import Registry
from app.ocpp_edge.settings import EdgeSettings

LAG_LOOKED_AT_S = 0.5
LOOKED_AT_ONCE = 200


class FleetWatch:
    """Over the charge points of a registry."""

    def __init__(
        self,
        registry: Registry,
        alarms: Alarms,
        clock: Clock,
        settings: EdgeSettings,
        metrics: Metrics,
    ) -> None:
        self._registry = registry
        self._alarms = alarms
        self._clock = clock
        self._settings = settings
        self._metrics = metrics
        self._reports = Reports(settings)
        self._shares: WeakValueDictionary[str, Share] = WeakValueDictionary()

    def limit(self, tenant: str, socket: EdgeConnection) -> None:
        """From now on it may send so much, and all of the tenant's together so much."""
        settings, now = self._settings, asyncio.get_running_loop().time()
        share = self._shares.get(tenant)
        if share is None:
            together = settings.tenant_frames_per_s, settings.tenant_bytes_per_s
            share = self._shares[tenant] = Share(Rate(*together, settings.burst_s), now)
        socket.on_slowed = self._slowed
        socket.allowance = Allowance(
            Rate(settings.frames_per_s, settings.bytes_per_s, settings.burst_s),
            now,
            abuse_after_s=settings.flood_closed_after_s,
            share=share,
        )

    async def watch_lag(self) -> None:
        """How late a wake-up comes is how late everybody's answer may come."""
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await self._clock.sleep(LAG_LOOKED_AT_S)
            self._metrics.lag.add(max(loop.time() - before - LAG_LOOKED_AT_S, 0.0))

    async def observe(self) -> None:
        """Tell the app how connections do, where there is something to tell."""
        while True:
            await self._clock.sleep(self._settings.observe_every_s)
            for position, charger in enumerate(tuple(self._registry.chargers), 1):
                self.tell(charger)
                if position % LOOKED_AT_ONCE == 0:
                    await self._clock.sleep(0)

    def leaves(self, charger: Charger) -> None:
        """Its connection ends: trouble is told of while it is known, health another time."""
        if charger.notes.quality.trouble:
            self.tell(charger)

    def tell(self, charger: Charger) -> None:
        """Tell of one, if there is something to tell, and somebody whose it is."""
        if charger.is_pending:
            return
        name, now = (charger.tenant, charger.charge_point), self._alarms.now()
        notes = charger.notes
        if self._reports.is_due(name, notes.quality, now) and notes.tell_quality():
            self._reports.told(name, notes.quality, now)

    def _slowed(self) -> None:
        self._metrics.counters["slowed_down"] += 1
