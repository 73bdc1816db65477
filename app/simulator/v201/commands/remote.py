"""Starts, stops, locks, availability and triggers (OCPP 2.0.1 part 2, E, F, G)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from app.simulator.core.connector import AcceptedStart, Connector
from app.simulator.v201.telling import Telling201
from app.simulator.v201.words import profile
from app.simulator.wire.command import Command
from app.simulator.wire.messages import Payload, Reply, present, status

if TYPE_CHECKING:
    from app.simulator.device import Device


def telling(device: "Device") -> Telling201:
    """What this charger has told of its transactions."""
    return cast(Telling201, device.station.teller)


def start(device: "Device", payload: Payload) -> Reply:
    """Accept if an EVSE is usable; a transaction that the cable has begun is named."""
    starts, token = device.station.starts, payload["idToken"]
    connector = None
    if device.uplink.registered and not device.behaviour.refuses_starts:
        connector = starts.choose(payload.get("evseId"), token["idToken"])
    if connector is None:
        return status("Rejected")
    raw = payload.get("chargingProfile")
    accepted = AcceptedStart(
        token["idToken"],
        profile(raw) if raw else None,
        remote_id=payload["remoteStartId"],
        remote=True,
        kind=token["type"],
    )
    chosen, record = connector, telling(device).record(connector)
    answer = present(status="Accepted", transactionId=record.id if record else None)
    return Reply(answer, lambda: starts.accept(chosen, accepted))


def stop(device: "Device", payload: Payload) -> Reply:
    """Accept if that transaction runs."""
    station, behaviour = device.station, device.behaviour
    connector = station.by_transaction(payload["transactionId"])
    if connector is None:
        return status("Rejected")
    if behaviour.ignored_stops > 0:
        behaviour.ignored_stops -= 1
        return status("Accepted")
    return status("Accepted", lambda: station.transactions.end(connector, "Remote"))


def unlock(device: "Device", payload: Payload) -> Reply:
    """Release the cable, unless somebody charges."""
    connector = device.station.connectors.get(payload["evseId"])
    if connector is None or payload["connectorId"] != 1:
        return status("UnknownConnector")
    if connector.transaction:
        return status("OngoingAuthorizedTransaction")
    return status("UnlockFailed" if device.behaviour.lock_is_jammed else "Unlocked")


def transaction_status(device: "Device", payload: Payload) -> Reply:
    """Whether it goes on, and whether messages wait."""
    known = payload.get("transactionId")
    ongoing = telling(device).known(known) if known else None
    waiting = device.outbox.waiting > 0
    return Reply(present(ongoingIndicator=ongoing, messagesInQueue=waiting))


def change_availability(device: "Device", payload: Payload) -> Reply:
    """In or out of service; while somebody charges, afterwards."""
    number = (payload.get("evse") or {}).get("id", 0)
    outcome = device.station.set_availability(number, payload["operationalStatus"] == "Operative")
    if outcome == "Rejected":
        return status(outcome)
    return status(outcome, lambda: device.station.availability_changed(number))


def _readings(device: "Device", connectors: list[Connector]) -> None:
    for connector in connectors:
        device.send_values(connector)


def _transactions(device: "Device", connectors: list[Connector]) -> None:
    for connector in connectors:
        device.station.transactions.send_reading(connector, "Trigger")


def _statuses(device: "Device", connectors: list[Connector]) -> None:
    device.station.announce([connector.id for connector in connectors])


def _firmware(device: "Device", _: list[Connector]) -> None:
    device.send(device.dialect.firmware_status(device.firmware.status, device.firmware.request_id))


def _log(device: "Device", _: list[Connector]) -> None:
    device.send(device.dialect.log_status(device.logs.status, device.logs.request_id))


TRIGGERS: dict[str, Callable[["Device", list[Connector]], object]] = {
    "BootNotification": lambda device, _: device.trigger(device.uplink.boot_again),
    "Heartbeat": lambda device, _: device.trigger(device.uplink.beat_now),
    "StatusNotification": _statuses,
    "MeterValues": _readings,
    "TransactionEvent": _transactions,
    "FirmwareStatusNotification": _firmware,
    "LogStatusNotification": _log,
    "SignChargingStationCertificate": lambda device, _: device.want_certificate(),
}


def trigger(device: "Device", payload: Payload) -> Reply:
    """Send a message once more."""
    send = TRIGGERS.get(payload["requestedMessage"])
    number = (payload.get("evse") or {}).get("id", 0)
    if send is None:
        return status("NotImplemented")
    connectors = device.station.numbered(number)
    if payload["requestedMessage"] == "TransactionEvent":
        connectors = [item for item in connectors if item.transaction]
    if not connectors:
        return status("Rejected")
    return status("Accepted", lambda: send(device, connectors))


COMMANDS: dict[str, Command] = {
    "RequestStartTransaction": start,
    "RequestStopTransaction": stop,
    "UnlockConnector": unlock,
    "GetTransactionStatus": transaction_status,
    "ChangeAvailability": change_availability,
    "TriggerMessage": trigger,
}
