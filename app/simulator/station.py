"""The charger without its network: connectors and the people at them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from ocpp.v16 import call

from app.simulator.battery import Battery
from app.simulator.charging_profile import ChargingProfile
from app.simulator.connector import AcceptedStart, Connector
from app.simulator.meter import Meter
from app.simulator.metering import Metering
from app.simulator.outbox import Outbox
from app.simulator.pace import timestamp
from app.simulator.parts import Parts
from app.simulator.transactions import Transactions

LOCK_FAILURE = "ConnectorLockFailure"

Authorize = Callable[[str], Awaitable[bool]]


class Station:
    """Connectors, plugs and buttons; what must be told goes to the outbox."""

    def __init__(self, parts: Parts, connectors: int, outbox: Outbox, authorize: Authorize) -> None:
        self._parts = parts
        self._outbox = outbox
        self._authorize = authorize
        self.metering = Metering(parts)
        self.transactions = Transactions(parts, outbox, self.metering, self.refresh)
        settings = parts.settings
        self.connectors = {
            number: Connector(number, Meter(settings.register_wh), settings.power_w)
            for number in range(1, connectors + 1)
        }
        self.operative = True

    # --- people ---

    def plug_in(self, connector: Connector, battery: Battery | None = None) -> None:
        """A car arrives."""
        settings = self._parts.settings
        connector.battery = battery or Battery(
            capacity_wh=settings.battery_wh, soc_percent=settings.soc_percent
        )
        self._note(connector, "plugged in")
        self.refresh(connector)

    def unplug(self, connector: Connector) -> None:
        """The car leaves; a transaction ends unless the charger waits for it to come back."""
        self.metering.catch_up(connector)
        connector.battery = None
        self._note(connector, "unplugged")
        if self._parts.configuration.enabled("StopTransactionOnEVSideDisconnect"):
            self.transactions.end(connector, "EVDisconnected")
        if connector.transaction is None:
            connector.finished = False
        if connector.error_code == LOCK_FAILURE:
            connector.error_code = None
        self.refresh(connector)

    def fault(self, connector: Connector, error_code: str) -> None:
        """Something breaks: a transaction ends, and none can begin."""
        self.metering.catch_up(connector)
        connector.error_code, connector.start = error_code, None
        self._note(connector, f"fault {error_code}")
        self.transactions.end(connector, "Other")
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

    # --- starts ---

    def choose(self, connector_id: int | None) -> Connector | None:
        """The connector a start is for: the named one, else a plugged-in one, else a free one."""
        if connector_id is not None:
            connector = self.connectors.get(connector_id)
            return connector if connector and self._takes_start(connector) else None
        free = [item for item in self.connectors.values() if self._takes_start(item)]
        return next((item for item in free if item.plugged_in), free[0] if free else None)

    async def swipe(self, connector: Connector, id_tag: str) -> None:
        """A card at the reader: begin if it is good and the connector is usable."""
        if not self._takes_start(connector):
            self._note(connector, "is in no state to start")
        elif await self._authorize(id_tag):
            self.accept_start(connector, AcceptedStart(id_tag), authorized=True)
        else:
            self._note(connector, f"{id_tag} is not authorized")

    def accept_start(
        self, connector: Connector, start: AcceptedStart, *, authorized: bool = False
    ) -> None:
        """Begin as soon as authorisation, cable and lock allow."""
        connector.start = start
        self._parts.tasks.spawn(self._carry_out(connector, start, authorized=authorized))
        self.refresh(connector)

    async def _carry_out(
        self, connector: Connector, start: AcceptedStart, *, authorized: bool
    ) -> None:
        parts = self._parts
        if parts.behaviour.start_delay_s:
            await asyncio.sleep(parts.behaviour.start_delay_s)
        if not authorized and parts.configuration.enabled("AuthorizeRemoteTxRequests"):
            authorized = await self._authorize(start.id_tag)
            if not authorized:
                self._give_up(connector, start, f"{start.id_tag} is not authorized")
                return
        try:
            await parts.bell.until(
                lambda: connector.plugged_in or connector.start is not start,
                parts.pace.timer_s(parts.configuration.number("ConnectionTimeOut")),
            )
        except TimeoutError:
            self._give_up(connector, start, "nobody plugged in")
            return
        if connector.start is start:
            self._lock_and_begin(connector, start)

    def _lock_and_begin(self, connector: Connector, start: AcceptedStart) -> None:
        if self._parts.behaviour.cable_does_not_lock:
            self.fault(connector, LOCK_FAILURE)
        else:
            self.transactions.begin(connector, start.id_tag, start.profile)

    def _give_up(self, connector: Connector, start: AcceptedStart, why: str) -> None:
        if connector.start is start:
            connector.start = None
            self._note(connector, f"start given up: {why}")
            self.refresh(connector)

    def _takes_start(self, connector: Connector) -> bool:
        return connector.takes_start(while_finishing=self._parts.settings.restarts_when_finishing)

    # --- limits ---

    def add_profile(self, connectors: list[Connector], profile: ChargingProfile) -> None:
        """Limit the power; a profile of the same purpose and level is replaced."""
        for connector in connectors:
            self.metering.catch_up(connector)
            connector.profiles = [
                item
                for item in connector.profiles
                if (item.purpose, item.stack_level) != (profile.purpose, profile.stack_level)
            ]
            running = connector.transaction
            connector.profiles.append(profile.anchored(self._parts.now()) if running else profile)
            self.refresh(connector)

    def clear_profiles(self, connector_id: int, matches: Callable[[ChargingProfile], bool]) -> bool:
        """Lift the matching limits; whether there were any."""
        cleared = False
        for connector in self.numbered(connector_id):
            self.metering.catch_up(connector)
            kept = [item for item in connector.profiles if not matches(item)]
            cleared = cleared or len(kept) < len(connector.profiles)
            connector.profiles = kept
            self.refresh(connector)
        return cleared

    # --- the whole charger ---

    def by_transaction(self, transaction_id: int) -> Connector | None:
        """The connector whose running transaction has this id."""
        for connector in self.connectors.values():
            if connector.transaction and connector.transaction.id == transaction_id:
                return connector
        return None

    def numbered(self, connector_id: int) -> list[Connector]:
        """The connector of that number; all of them for 0."""
        return [item for number, item in self.connectors.items() if connector_id in (0, number)]

    def end_all(self, reason: str) -> None:
        """Every transaction ends, every waiting start is forgotten."""
        for connector in self.connectors.values():
            connector.start = None
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
            self.refresh(connector)

    def announce(self, connector_ids: Iterable[int]) -> None:
        """Tell the status of these connectors (0: the charger itself), changed or not."""
        for number in connector_ids:
            if connector := self.connectors.get(number):
                connector.announced = self.status(connector)
                self._tell(number, connector.announced, connector.error_code)
            else:
                self._tell(0, "Available" if self.operative else "Unavailable", None)

    def announce_all(self) -> None:
        """After a boot: tell every status, as it is now."""
        self._outbox.forget_statuses()
        self.announce([0, *self.connectors])

    def announce_changes(self) -> None:
        """After a reconnect: tell every status that is not what was last told."""
        self._outbox.forget_statuses()
        for connector in self.connectors.values():
            connector.announced = self._outbox.told.get(connector.id, "")
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
            self._tell(connector.id, status, connector.error_code)
        self._parts.bell.ring()

    def _tell(self, number: int, status: str, error_code: str | None) -> None:
        self._outbox.announce(
            call.StatusNotification(
                connector_id=number,
                error_code=error_code or "NoError",
                status=status,
                timestamp=timestamp(self._parts.now()),
            )
        )

    def _note(self, connector: Connector, text: str) -> None:
        self._parts.journal.note(f"connector {connector.id}: {text}")
