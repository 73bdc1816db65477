"""Energy at the connectors: how much is offered, how much has flowed, what the meter shows."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from app.simulator.core.connector import Connector
from app.simulator.core.meter import Reading
from app.simulator.core.parts import Parts
from app.simulator.core.profiles import ChargingProfile, Circuit, allowed_w, ceiling_w, composite


class Metering:
    """Moves energy whenever it is looked at; between looks nothing needs to run."""

    def __init__(self, parts: Parts, connectors: Callable[[], Iterable[Connector]]) -> None:
        self._parts = parts
        self._connectors = connectors
        settings = parts.settings
        self.circuit = Circuit(voltage_v=settings.voltage_v, phases=settings.phases)
        self.station_profiles: list[ChargingProfile] = []
        """Limits of the whole charger, shared evenly by those who charge."""

    def now(self) -> datetime:
        """The charger's calendar."""
        return self._parts.now()

    def offered_w(self, connector: Connector) -> int:
        """The power the charger offers the car just now."""
        transaction = connector.transaction
        if transaction is None or transaction.energy_is_cut or connector.error_code:
            return 0
        return self._limit_w(connector, self._parts.now(), transaction.started_at)

    def composite(
        self, connector: Connector | None, start: datetime, duration_s: int
    ) -> list[tuple[int, int]]:
        """The limits to come, of one connector or of the whole charger: (second, watts)."""
        end = start + timedelta(seconds=duration_s)
        if connector is None:
            edges = _edges(self.station_profiles, start, end, None)
            most_w = sum(item.power_w for item in self._connectors())

            def limit(moment: datetime) -> int:
                allowed = ceiling_w(self.station_profiles, moment, self.circuit)
                return most_w if allowed is None else min(most_w, allowed)
        else:
            running = connector.transaction
            began_at = running.started_at if running else start
            edges = _edges([*connector.profiles, *self.station_profiles], start, end, began_at)

            def limit(moment: datetime) -> int:
                return self._limit_w(connector, moment, began_at)

        return [(second, watts or 0) for second, watts in composite(limit, edges, start)]

    def catch_up(self, connector: Connector) -> None:
        """Let flow what has flowed since the last look."""
        now_ms = self._parts.pace.energy_ms()
        elapsed_ms, connector.metered_at_ms = now_ms - connector.metered_at_ms, now_ms
        if connector.transaction and connector.battery:
            connector.meter.advance(
                elapsed_ms, offered_w=self.offered_w(connector), battery=connector.battery
            )

    def reading(self, connector: Connector) -> Reading:
        """What the meter shows now."""
        self.catch_up(connector)
        settings, pace = self._parts.settings, self._parts.pace
        scale = 1 if settings.shows_nominal_power else pace.speed
        offered_w = self.offered_w(connector)
        battery = connector.battery
        return Reading(
            register_wh=connector.meter.register_wh,
            power_w=round((battery.draws_w(offered_w) if battery else 0) * scale),
            offered_w=round(offered_w * scale),
            phases=settings.phases,
            voltage_v=settings.voltage_v,
            soc_percent=battery.soc_percent if battery else None,
        )

    def _limit_w(self, connector: Connector, moment: datetime, began_at: datetime) -> int:
        limits = [connector.power_w]
        if connector.profiles:
            allowed = allowed_w(connector.profiles, moment, began_at, self.circuit)
            limits += [] if allowed is None else [allowed]
        if self.station_profiles:
            ceiling = ceiling_w(self.station_profiles, moment, self.circuit)
            active = sum(item.transaction is not None for item in self._connectors())
            limits += [] if ceiling is None else [ceiling // max(1, active)]
        return min(limits)


def _edges(
    profiles: Iterable[ChargingProfile], start: datetime, end: datetime, began_at: datetime | None
) -> set[datetime]:
    return {
        edge
        for profile in profiles
        for edge in profile.changes(start, end, began_at or profile.starts_at)
    }
