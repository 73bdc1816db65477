"""The local authorisation list (OCPP 1.6 §5.10, §5.15)."""

from typing import TYPE_CHECKING

from app.simulator.v16.words import id_info
from app.simulator.wire.command import Command
from app.simulator.wire.messages import Payload, Reply, status

if TYPE_CHECKING:
    from app.simulator.device import Device


def get_version(device: "Device", _: Payload) -> Reply:
    """0: an empty list; -1: none is kept."""
    enabled = device.configuration.enabled("LocalAuthListEnabled")
    return Reply({"listVersion": device.station.id_tags.version if enabled else -1})


def send(device: "Device", payload: Payload) -> Reply:
    """Replace the list, or change it."""
    entries = payload.get("localAuthorizationList") or []
    if len(entries) > device.configuration.number("SendLocalListMaxLength"):
        return status("Failed")
    listed = [
        (entry["idTag"], id_info(entry["idTagInfo"]) if entry.get("idTagInfo") else None)
        for entry in entries
    ]
    full = payload["updateType"] == "Full"
    return status(device.station.id_tags.update(payload["listVersion"], listed, full=full))


COMMANDS: dict[str, Command] = {"GetLocalListVersion": get_version, "SendLocalList": send}
