"""Charging profiles set and cleared, for one connector or for all."""

from collections.abc import Callable
from dataclasses import replace

from app.simulator.core.connector import Connector
from app.simulator.core.metering import Metering
from app.simulator.core.profiles import TX_PURPOSES, ChargingProfile


class Limits:
    """The profiles a charger holds."""

    def __init__(
        self,
        connectors: dict[int, Connector],
        metering: Metering,
        refresh: Callable[[Connector], None],
    ) -> None:
        self._connectors = connectors
        self._metering = metering
        self._refresh = refresh

    def fits(self, profile: ChargingProfile, connector_id: int) -> bool:
        """Whether it can be set there: a TxProfile wants its transaction (OCPP 1.6 §5.16)."""
        if connector_id and connector_id not in self._connectors:
            return False
        if profile.purpose not in TX_PURPOSES:
            return connector_id == 0
        if profile.purpose != "TxProfile":
            return True
        connector = self._connectors.get(connector_id)
        running = connector.transaction if connector else None
        return running is not None and profile.transaction_id in (None, running.id)

    def add(self, profile: ChargingProfile, connector_id: int) -> None:
        """Limit the power; a profile of the same id, or purpose and level, is replaced."""

        def kept(held: list[ChargingProfile]) -> list[ChargingProfile]:
            place = (profile.purpose, profile.stack_level)
            return [
                item
                for item in held
                if item.id != profile.id and (item.purpose, item.stack_level) != place
            ]

        if profile.purpose not in TX_PURPOSES:
            if profile.starts_at is None:
                profile = replace(profile, starts_at=self._metering.now())
            self._catch_up()
            held = self._metering.station_profiles
            held[:] = [*kept(held), profile]
            self._refresh_all()
            return
        for connector in self._at(connector_id):
            self._metering.catch_up(connector)
            connector.profiles = [*kept(connector.profiles), profile]
            self._refresh(connector)

    def clear(self, connector_id: int, matches: Callable[[ChargingProfile], bool]) -> bool:
        """Lift the matching limits; whether there were any."""
        self._catch_up()
        before = len(list(self.all()))
        if connector_id == 0:
            held = self._metering.station_profiles
            held[:] = [item for item in held if not matches(item)]
        for connector in self._at(connector_id):
            connector.profiles = [item for item in connector.profiles if not matches(item)]
        self._refresh_all()
        return len(list(self.all())) < before

    def all(self) -> list[tuple[int, ChargingProfile]]:
        """Every profile with the connector it is for; 0 for the whole charger."""
        held = [(0, item) for item in self._metering.station_profiles]
        return held + [
            (number, item)
            for number, connector in self._connectors.items()
            for item in connector.profiles
        ]

    def _at(self, connector_id: int) -> list[Connector]:
        return [item for number, item in self._connectors.items() if connector_id in (0, number)]

    def _catch_up(self) -> None:
        for connector in self._connectors.values():
            self._metering.catch_up(connector)

    def _refresh_all(self) -> None:
        for connector in self._connectors.values():
            self._refresh(connector)
