"""What can be seen of the charger, and waiting for it."""

from collections import deque

from app.simulator.core.connector import Transaction
from app.simulator.core.parts import Parts
from app.simulator.core.station import Station
from app.simulator.journal import EVENT, RECEIVED, SENT, Journal, LogEntry
from app.simulator.wire.outbox import Outbox
from app.simulator.wire.uplink import Uplink


class Observation:
    """Looks, counts and waits; changes nothing."""

    identity: str
    station: Station
    _parts: Parts
    _uplink: Uplink
    _outbox: Outbox

    @property
    def log(self) -> deque[LogEntry]:
        """The last messages: (direction, action, payload)."""
        return self._parts.journal.entries

    @property
    def journal(self) -> Journal:
        """The log with its listeners."""
        return self._parts.journal

    @property
    def connected(self) -> bool:
        """Whether a websocket stands."""
        return self._uplink.connected

    @property
    def registered(self) -> bool:
        """Whether it is connected and its boot was accepted."""
        return self._uplink.registered

    @property
    def waiting(self) -> int:
        """How many transaction messages the central system has not answered yet."""
        return self._outbox.waiting

    @property
    def register_wh(self) -> int:
        """The energy register of the first connector."""
        return self.register_of(1)

    def register_of(self, connector: int) -> int:
        """The energy register of a connector."""
        place = self.station.connectors[connector]
        self.station.metering.catch_up(place)
        return place.meter.register_wh

    @property
    def transaction(self) -> Transaction | None:
        """The running transaction, of the first connector that has one."""
        running = (item.transaction for item in self.station.connectors.values())
        return next((item for item in running if item), None)

    def transaction_on(self, connector: int) -> Transaction | None:
        """The running transaction of a connector."""
        return self.station.connectors[connector].transaction

    @property
    def status(self) -> str:
        """The status of the first connector."""
        return self.status_of(1)

    def status_of(self, connector: int) -> str:
        """The status of a connector."""
        return self.station.status(self.station.connectors[connector])

    def statuses(self, connector: int = 1) -> list[str]:
        """Every status sent for a connector, in order."""
        return [
            entry.payload.get("status") or entry.payload["connectorStatus"]
            for entry in self.log
            if entry.direction == SENT
            and entry.action == "StatusNotification"
            and entry.payload.get("evseId", entry.payload["connectorId"]) == connector
        ]

    def sent(self, action: str) -> list[dict[str, object]]:
        """Every payload sent under an action, in order."""
        return [
            entry.payload for entry in self.log if (entry.direction, entry.action) == (SENT, action)
        ]

    async def wait_for(
        self,
        *,
        status: str | None = None,
        connector: int = 1,
        sent: str | None = None,
        received: str | None = None,
        event: str | None = None,
        times: int = 1,
        registered: bool | None = None,
        register_wh: int | None = None,
        transaction_known: bool | None = None,
        nothing_waiting: bool | None = None,
        timeout: float = 10.0,
    ) -> None:
        """Wait until all that is named holds.

        ``sent`` and ``received`` count messages since the charger was made (``times`` of them;
        an answer is ``<action>.conf``), ``event`` the notes that contain it. ``register_wh``
        waits for at least so much, looked at whenever something happens.
        ``transaction_known`` waits for a transaction with an id from the central system.
        """
        journal = self.journal

        def holds() -> bool:
            running = self.transaction_on(connector)
            known = running is not None and running.answered
            return (
                status in (None, self.status_of(connector))
                and (sent is None or journal.count(SENT, sent) >= times)
                and (received is None or journal.count(RECEIVED, received) >= times)
                and (event is None or self._noted(event) >= times)
                and registered in (None, self.registered)
                and (register_wh is None or self.register_of(connector) >= register_wh)
                and transaction_known in (None, known)
                and nothing_waiting in (None, not self.waiting)
            )

        try:
            await self._parts.bell.until(holds, timeout)
        except TimeoutError:
            last = [entry.action or entry.payload["text"] for entry in list(self.log)[-8:]]
            raise TimeoutError(
                f"{self.identity} is {self.status_of(connector)}, "
                f"registered={self.registered}, register={self.register_of(connector)} Wh, "
                f"waiting={self.waiting}; last: {last}"
            ) from None

    def _noted(self, text: str) -> int:
        return sum(text in str(entry.payload) for entry in self.log if entry.direction == EVENT)
