"""What the central system may ask, one method per action. Answers first, deeds after."""

from typing import Any, Protocol

from ocpp.v16 import call_result
from ocpp.v16.enums import Action

from app.simulator.charging_profile import ChargingProfile, read_profile
from app.simulator.configuration import READ_ONLY, Configuration
from app.simulator.connector import AcceptedStart, Connector
from app.simulator.link import Answer, Link, answers
from app.simulator.station import Station

TRIGGERS = frozenset({"BootNotification", "Heartbeat", "StatusNotification", "MeterValues"})


class Commanded(Protocol):
    """The charger, as far as commands reach it."""

    configuration: Configuration
    station: Station

    @property
    def registered(self) -> bool:
        """Whether the central system has accepted the charger."""
        ...

    def reset(self, *, hard: bool) -> None:
        """Start again."""
        ...

    def configuration_changed(self, key: str) -> None:
        """A key has a new value."""
        ...

    def send_triggered(self, message: str, connector_id: int | None) -> None:
        """Send the message that the central system wants to see."""
        ...


class CommandedLink(Link):
    """A link whose other end commands a charger."""

    charger: Commanded

    @property
    def _station(self) -> Station:
        return self.charger.station

    @answers(Action.remote_start_transaction)
    def remote_start(
        self,
        id_tag: str,
        connector_id: int | None = None,
        charging_profile: dict[str, Any] | None = None,
    ) -> Answer:
        """Accept if a connector is usable; whether a car comes is seen later."""
        connector = None
        if self.charger.registered and not self.behaviour.refuses_starts:
            connector = self._station.choose(connector_id)
        if connector is None:
            return call_result.RemoteStartTransaction("Rejected")
        profile = read_profile(charging_profile) if charging_profile else None
        start = AcceptedStart(id_tag, profile)
        chosen = connector
        self.deeds.append(lambda: self._station.accept_start(chosen, start))
        return call_result.RemoteStartTransaction("Accepted")

    @answers(Action.remote_stop_transaction)
    def remote_stop(self, transaction_id: int) -> Answer:
        """Accept if that transaction runs."""
        connector = self._station.by_transaction(transaction_id)
        if connector is None:
            return call_result.RemoteStopTransaction("Rejected")
        if self.behaviour.ignored_stops > 0:
            self.behaviour.ignored_stops -= 1
        else:
            self.deeds.append(lambda: self._station.transactions.end(connector, "Remote"))
        return call_result.RemoteStopTransaction("Accepted")

    @answers(Action.unlock_connector)
    def unlock_connector(self, connector_id: int) -> Answer:
        """Release the cable; a transaction ends first."""
        connector = self._station.connectors.get(connector_id)
        if connector is None:
            return call_result.UnlockConnector("NotSupported")
        self.deeds.append(lambda: self._station.transactions.end(connector, "UnlockCommand"))
        return call_result.UnlockConnector(
            "UnlockFailed" if self.behaviour.lock_is_jammed else "Unlocked"
        )

    @answers(Action.reset)
    def on_reset(self, type: str) -> Answer:  # noqa: A002  # OCPP's name for it
        """Start again, soft or hard."""
        self.deeds.append(lambda: self.charger.reset(hard=type == "Hard"))
        return call_result.Reset("Accepted")

    @answers(Action.change_availability)
    def change_availability(self, connector_id: int, type: str) -> Answer:  # noqa: A002
        """In or out of service; while somebody charges, afterwards."""
        status = self._station.set_availability(connector_id, type == "Operative")
        if status != "Rejected":
            self.deeds.append(lambda: self._station.availability_changed(connector_id))
        return call_result.ChangeAvailability(status)

    @answers(Action.get_configuration)
    def get_configuration(self, key: list[str] | None = None) -> Answer:
        """The keys asked for, or all of them."""
        configuration = self.charger.configuration
        known = [
            {"key": name, "readonly": name in READ_ONLY, "value": configuration[name]}
            for name in (key or configuration)
            if name in configuration
        ]
        unknown = [name for name in key or () if name not in configuration]
        return call_result.GetConfiguration(configuration_key=known, unknown_key=unknown)

    @answers(Action.change_configuration)
    def change_configuration(self, key: str, value: str) -> Answer:
        """One key, one value."""
        status = self.charger.configuration.change(key, value)
        if status == "Accepted":
            self.deeds.append(lambda: self.charger.configuration_changed(key))
        return call_result.ChangeConfiguration(status)

    @answers(Action.trigger_message)
    def trigger_message(self, requested_message: str, connector_id: int | None = None) -> Answer:
        """Send a message once more."""
        if requested_message not in TRIGGERS:
            return call_result.TriggerMessage("NotImplemented")
        if connector_id is not None and connector_id not in (0, *self._station.connectors):
            return call_result.TriggerMessage("Rejected")
        self.deeds.append(lambda: self.charger.send_triggered(str(requested_message), connector_id))
        return call_result.TriggerMessage("Accepted")

    @answers(Action.set_charging_profile)
    def set_charging_profile(
        self, connector_id: int, cs_charging_profiles: dict[str, Any]
    ) -> Answer:
        """Limit the power, now or for the transaction."""
        profile = read_profile(cs_charging_profiles)
        connectors = self._station.numbered(connector_id)
        if not all(_fits(profile, connector) for connector in connectors) or not connectors:
            return call_result.SetChargingProfile("Rejected")
        self.deeds.append(lambda: self._station.add_profile(connectors, profile))
        return call_result.SetChargingProfile("Accepted")

    @answers(Action.clear_charging_profile)
    def clear_charging_profile(
        self,
        id: int | None = None,  # noqa: A002  # OCPP's name for it
        connector_id: int | None = None,
        charging_profile_purpose: str | None = None,
        stack_level: int | None = None,
    ) -> Answer:
        """Lift the limits that match all that is given."""

        def matches(profile: ChargingProfile) -> bool:
            return (
                id in (None, profile.id)
                and charging_profile_purpose in (None, profile.purpose)
                and stack_level in (None, profile.stack_level)
            )

        cleared = self._station.clear_profiles(connector_id or 0, matches)
        return call_result.ClearChargingProfile("Accepted" if cleared else "Unknown")

    @answers(Action.clear_cache)
    def clear_cache(self) -> Answer:
        """There is no cache; that is an empty one."""
        return call_result.ClearCache("Accepted")

    @answers(Action.get_local_list_version)
    def get_local_list_version(self) -> Answer:
        """-1: no local list."""
        return call_result.GetLocalListVersion(-1)

    @answers(Action.send_local_list)
    def send_local_list(self, **_: object) -> Answer:
        """Not this charger."""
        return call_result.SendLocalList("NotSupported")

    @answers(Action.data_transfer)
    def data_transfer(self, vendor_id: str, **_: object) -> Answer:
        """No vendor is known here."""
        return call_result.DataTransfer("UnknownVendorId")


def _fits(profile: ChargingProfile, connector: Connector) -> bool:
    if profile.purpose != "TxProfile":
        return True
    transaction = connector.transaction
    return transaction is not None and profile.transaction_id in (None, transaction.id)
