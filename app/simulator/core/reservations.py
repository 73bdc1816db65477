"""Connectors kept for one tag until a moment (OCPP 1.6 §5.13, 2.0.1 H)."""

import asyncio
from collections.abc import Callable

from app.simulator.core.connector import Connector, Reservation
from app.simulator.core.parts import Parts
from app.simulator.core.telling import Teller


class Reservations:
    """At most one for each connector."""

    def __init__(
        self,
        parts: Parts,
        connectors: dict[int, Connector],
        *,
        teller: Callable[[], Teller],
        refresh: Callable[[Connector], None],
    ) -> None:
        self._parts = parts
        self._connectors = connectors
        self._teller = teller
        self._refresh = refresh

    def refusal(self, connector_id: int | None, reservation_id: int) -> str | None:
        """Why it cannot be reserved: Faulted, Occupied, Unavailable, Rejected; None if it can."""
        if not connector_id:
            refusals = [self.refusal(number, reservation_id) for number in self._connectors]
            return None if None in refusals else refusals[0]
        connector = self._connectors.get(connector_id)
        if connector is None:
            return "Rejected"
        if connector.error_code:
            return "Faulted"
        if not connector.operative:
            return "Unavailable"
        held = connector.reservation
        busy = connector.transaction or connector.start or connector.plugged_in
        if busy or (held and held.id != reservation_id):
            return "Occupied"
        return None

    def keep(self, connector_id: int | None, reservation: Reservation) -> None:
        """Reserve; the same id again replaces what it stood for."""
        self._drop(reservation.id)
        for connector in self._connectors.values():
            if connector_id in (None, 0, connector.id) and not self.refusal(
                connector.id, reservation.id
            ):
                connector.reservation = reservation
                self._parts.tasks.spawn(self._expire(connector, reservation))
                self._refresh(connector)
                return

    def cancel(self, reservation_id: int) -> bool:
        """Give it back; whether there was one."""
        return self._drop(reservation_id)

    def lose(self, connector: Connector) -> None:
        """The connector cannot be used any more: its reservation is over."""
        if held := connector.reservation:
            connector.reservation = None
            self._teller().reservation_ended(held.id, "Removed")

    def _drop(self, reservation_id: int) -> bool:
        for connector in self._connectors.values():
            if connector.reservation and connector.reservation.id == reservation_id:
                connector.reservation = None
                self._refresh(connector)
                return True
        return False

    async def _expire(self, connector: Connector, reservation: Reservation) -> None:
        await asyncio.sleep(max(0.0, (reservation.expires_at - self._parts.now()).total_seconds()))
        if connector.reservation is reservation:
            connector.reservation = None
            self._parts.journal.note(f"reservation {reservation.id} expired")
            self._teller().reservation_ended(reservation.id, "Expired")
            self._refresh(connector)
