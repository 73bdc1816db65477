"""The core profile (OCPP 1.6 §5)."""

from typing import TYPE_CHECKING

from app.simulator.core.connector import AcceptedStart
from app.simulator.v16.words import profile
from app.simulator.wire.command import Command
from app.simulator.wire.messages import Payload, Reply, status

if TYPE_CHECKING:
    from app.simulator.device import Device

LEAST_KEY_LENGTH = 16


def remote_start(device: "Device", payload: Payload) -> Reply:
    """Accept if a connector is usable; whether a car comes is seen later."""
    starts, id_tag = device.station.starts, payload["idTag"]
    connector = None
    if device.uplink.registered and not device.behaviour.refuses_starts:
        connector = starts.choose(payload.get("connectorId"), id_tag)
    if connector is None:
        return status("Rejected")
    raw = payload.get("chargingProfile")
    start = AcceptedStart(id_tag, profile(raw) if raw else None, remote=True)
    return status("Accepted", lambda: starts.accept(connector, start))


def remote_stop(device: "Device", payload: Payload) -> Reply:
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
    """Release the cable; a transaction ends first."""
    connector = device.station.connectors.get(payload["connectorId"])
    if connector is None:
        return status("NotSupported")
    outcome = "UnlockFailed" if device.behaviour.lock_is_jammed else "Unlocked"
    return status(outcome, lambda: device.station.transactions.end(connector, "UnlockCommand"))


def reset(device: "Device", payload: Payload) -> Reply:
    """Start again, soft or hard."""
    return status("Accepted", lambda: device.reset(hard=payload["type"] == "Hard"))


def change_availability(device: "Device", payload: Payload) -> Reply:
    """In or out of service; while somebody charges, afterwards."""
    number = payload["connectorId"]
    outcome = device.station.set_availability(number, payload["type"] == "Operative")
    if outcome == "Rejected":
        return status(outcome)
    return status(outcome, lambda: device.station.availability_changed(number))


def get_configuration(device: "Device", payload: Payload) -> Reply:
    """The keys asked for, or all of them; what may only be written is not shown."""
    configuration = device.configuration
    factory = configuration.factory
    wanted = payload.get("key") or list(configuration)
    known = [
        {"key": name, "readonly": name in factory.read_only}
        | ({} if name in factory.write_only else {"value": configuration[name]})
        for name in wanted
        if name in configuration
    ]
    unknown = [name for name in wanted if name not in configuration]
    return Reply({"configurationKey": known, "unknownKey": unknown})


def change_configuration(device: "Device", payload: Payload) -> Reply:
    """One key, one value."""
    key, value = payload["key"], payload["value"]
    if key == "AuthorizationKey" and len(value) < LEAST_KEY_LENGTH:
        return status("Rejected")
    if key == "SecurityProfile" and not _may_become(device, value):
        return status("Rejected")
    outcome = device.configuration.change(key, value)
    if outcome == "Accepted" and key == "AuthorizationKey":
        return status(outcome, device.password_changed)
    if outcome == "Accepted":
        return status(outcome, lambda: device.configuration_changed(key))
    return status(outcome)


def clear_cache(device: "Device", _: Payload) -> Reply:
    """Forget who was let in before."""
    cleared = device.station.id_tags.clear_cache()
    return status("Accepted" if cleared else "Rejected")


def data_transfer(device: "Device", payload: Payload) -> Reply:
    """This vendor's messages are given back; no other vendor is known here."""
    if payload["vendorId"] != device.settings.vendor:
        return status("UnknownVendorId")
    if payload.get("messageId") != "Echo":
        return status("UnknownMessageId")
    return Reply({"status": "Accepted", "data": payload.get("data", "")})


def _may_become(device: "Device", value: str) -> bool:
    """A security profile is only ever raised, and 3 wants a certificate (whitepaper §2.5)."""
    present = device.configuration.number("SecurityProfile")
    if value not in ("1", "2", "3") or int(value) < present:
        return False
    owns = device.certificates.chain or device.settings.certificate_file
    return value != "3" or bool(owns)


COMMANDS: dict[str, Command] = {
    "RemoteStartTransaction": remote_start,
    "RemoteStopTransaction": remote_stop,
    "UnlockConnector": unlock,
    "Reset": reset,
    "ChangeAvailability": change_availability,
    "GetConfiguration": get_configuration,
    "ChangeConfiguration": change_configuration,
    "ClearCache": clear_cache,
    "DataTransfer": data_transfer,
}
