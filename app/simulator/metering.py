"""Energy at the connectors: how much is offered, how much has flowed, what the meter shows."""

from typing import Any

from app.simulator.charging_profile import allowed_w
from app.simulator.connector import Connector
from app.simulator.meter import Reading
from app.simulator.parts import Parts
from app.simulator.samples import meter_value


class Metering:
    """Moves energy whenever it is looked at; between looks nothing needs to run."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def offered_w(self, connector: Connector) -> int:
        """The power the charger offers the car just now."""
        transaction = connector.transaction
        if transaction is None or transaction.energy_is_cut or connector.error_code:
            return 0
        settings = self._parts.settings
        allowed = allowed_w(
            connector.profiles,
            self._parts.now(),
            voltage_v=settings.voltage_v,
            phases=settings.phases,
        )
        return connector.power_w if allowed is None else min(connector.power_w, allowed)

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

    def value(self, connector: Connector, measurands_key: str, context: str) -> dict[str, Any]:
        """The reading as a ``meterValue`` element, with the measurands that were configured."""
        return meter_value(
            self.reading(connector),
            self._parts.configuration[measurands_key],
            moment=self._parts.now(),
            context=context,
        )
