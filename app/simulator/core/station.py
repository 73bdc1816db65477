"""The charger without its network: connectors and the people at them."""

from collections.abc import Callable, Iterable

from app.simulator.core.battery import Battery
from app.simulator.core.connector import Connector
from app.simulator.core.id_tags import Ask, IdTags
from app.simulator.core.limits import Limits
from app.simulator.core.meter import Meter
from app.simulator.core.metering import Metering
from app.simulator.core.parts import Parts
from app.simulator.core.reservations import Reservations
from app.simulator.core.starts import LOCK_FAILURE, Starts
from app.simulator.core.telling import Teller
from app.simulator.core.transactions import Transactions


class Station:
    """Connectors, plugs and buttons; what happens goes to the teller."""

    def __init__(self, parts: Parts, connectors: int, ask: Ask) -> None:
        self._parts = parts
        settings = parts.settings
        self.connectors = {
            number: Connector(number, Meter(settings.register_wh), settings.power_w)
            for number in range(1, connectors + 1)
        }
        self.teller: Teller
        self.operative = True
        self.metering = Metering(parts, self.connectors.values)
        self.id_tags = IdTags(parts, ask)
        self.transactions = Transactions(parts, self.metering, self._the_teller, self.refresh)
        self.reservations = Reservations(
            parts, self.connectors, teller=self._the_teller, refresh=self.refresh
        )
        self.limits = Limits(self.connectors, self.metering, self.refresh)
        self.starts = Starts(
            parts,
            self.connectors,
            self.id_tags,
            self.transactions,
            teller=self._the_teller,
            refresh=self.refresh,
            fault=self.fault,
        )

    def _the_teller(self) -> Teller:
        return self.teller

    # --- people ---

    def plug_in(self, connector: Connector, battery: Battery | None = None) -> None:
        """A car arrives."""
        settings = self._parts.settings
        connector.battery = battery or Battery(
            capacity_wh=settings.battery_wh, soc_percent=settings.soc_percent
        )
        self._note(connector, "plugged in")
        self.teller.plugged(connector)
        self.refresh(connector)

    def unplug(self, connector: Connector) -> None:
        """The car leaves; a transaction ends unless the charger waits for it to come back."""
        self.metering.catch_up(connector)
        connector.battery = None
        self._note(connector, "unplugged")
        if self._parts.configuration.enabled("StopTransactionOnEVSideDisconnect"):
            self.transactions.end(connector, "EVDisconnected")
        self.teller.unplugged(connector)
        if connector.transaction is None:
            connector.finished = False
        if connector.error_code == LOCK_FAILURE:
            connector.error_code = None
        self.refresh(connector)

    def fault(self, connector: Connector, error_code: str) -> None:
        """Something breaks: a transaction ends, and none can begin."""
        self.metering.catch_up(connector)
        start, connector.start = connector.start, None
        connector.error_code = error_code
        self._note(connector, f"fault {error_code}")
        if start:
            self.teller.lapsed(connector, start, "refused")
        self.transactions.end(connector, "Other")
        self.reservations.lose(connector)
        self.refresh(connector)

    def clear_fault(self, connector: Connector) -> None:
        """It works again."""
        connector.error_code = None
        self._note(connector, "fault cleared")
        self.refresh(connector)

    def press_stop(self, connector: Connector) -> None:
        """Somebody presses the button on the charger."""
        self._note(connector, "stop pressed")
        self.transactions.end(connector, "Local")

    def car_pauses(self, connector: Connector, pauses: bool) -> None:
        """The car stops asking for energy, or asks again."""
        self.metering.catch_up(connector)
        if connector.battery:
            connector.battery.pauses = pauses
        self.refresh(connector)

    def set_power(self, connector: Connector, power_w: int) -> None:
        """From now on the charger can give so much."""
        self.metering.catch_up(connector)
        connector.power_w = power_w
        self.refresh(connector)

    # --- the whole charger ---

    @property
    def busy(self) -> bool:
        """Whether a transaction runs."""
        return any(connector.transaction for connector in self.connectors.values())

    def by_transaction(self, transaction_id: int | str) -> Connector | None:
        """The connector whose running transaction has this id."""
        for connector in self.connectors.values():
            if connector.transaction and connector.transaction.id == transaction_id:
                return connector
        return None

    def numbered(self, connector_id: int) -> list[Connector]:
        """The connector of that number; all of them for 0."""
        return [item for number, item in self.connectors.items() if connector_id in (0, number)]

    def end_all(self, reason: str, connector_id: int = 0) -> None:
        """Every transaction ends, every waiting start is forgotten."""
        for connector in self.numbered(connector_id):
            start, connector.start = connector.start, None
            if start:
                self.teller.lapsed(connector, start, "refused")
            self.transactions.end(connector, reason)

    def set_availability(self, connector_id: int, operative: bool) -> str:
        """Do what ChangeAvailability asks; returns its status."""
        if connector_id and connector_id not in self.connectors:
            return "Rejected"
        if not connector_id:
            self.operative = operative
        chosen = self.numbered(connector_id)
        for connector in chosen:
            connector.operative = operative
        busy = any(connector.transaction for connector in chosen)
        return "Scheduled" if busy and not operative else "Accepted"

    def availability_changed(self, connector_id: int) -> None:
        """Tell what a change of availability changed."""
        if not connector_id:
            self.announce([0])
        for connector in self.numbered(connector_id):
            if not connector.operative:
                self.reservations.lose(connector)
            self.refresh(connector)

    def announce(self, connector_ids: Iterable[int]) -> None:
        """Tell the status of these connectors (0: the charger itself), changed or not."""
        for number in connector_ids:
            if connector := self.connectors.get(number):
                connector.announced = self.status(connector)
                self.teller.status(number, connector.announced, connector.error_code, again=True)
            else:
                whole = "Available" if self.operative else "Unavailable"
                self.teller.status(0, whole, None, again=True)

    def announce_changes(self, told: Callable[[int], str]) -> None:
        """After a reconnect: tell every status that is not what was last told."""
        for connector in self.connectors.values():
            connector.announced = told(connector.id)
            self.refresh(connector)

    def status(self, connector: Connector) -> str:
        """The connector's status now."""
        return connector.status(self.metering.offered_w(connector))

    def refresh(self, connector: Connector) -> None:
        """Tell the central system if the status has changed, and whoever waits for a change."""
        status = self.status(connector)
        if status != connector.announced:
            connector.announced = status
            self._note(connector, status)
            self.teller.status(connector.id, status, connector.error_code)
            self.teller.changed(connector)
        self._parts.bell.ring()

    def _note(self, connector: Connector, text: str) -> None:
        self._parts.journal.note(f"connector {connector.id}: {text}")
