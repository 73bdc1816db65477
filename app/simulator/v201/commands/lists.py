"""The local list, the cache, a customer's data (OCPP 2.0.1 part 2, C, D, N)."""

from typing import TYPE_CHECKING

from app.simulator.core.pace import timestamp
from app.simulator.v201.words import id_info
from app.simulator.wire.command import Command
from app.simulator.wire.messages import Message, Payload, Reply, status

if TYPE_CHECKING:
    from app.simulator.device import Device


def get_version(device: "Device", _: Payload) -> Reply:
    """0: nothing is listed."""
    return Reply({"versionNumber": device.station.id_tags.version})


def send(device: "Device", payload: Payload) -> Reply:
    """Replace the list, or change it."""
    listed = [
        (
            entry["idToken"]["idToken"],
            id_info(entry["idTokenInfo"]) if entry.get("idTokenInfo") else None,
        )
        for entry in payload.get("localAuthorizationList") or []
    ]
    full = payload["updateType"] == "Full"
    outcome = device.station.id_tags.update(payload["versionNumber"], listed, full=full)
    return status("Failed" if outcome == "NotSupported" else outcome)


def clear_cache(device: "Device", _: Payload) -> Reply:
    """Forget who was let in before."""
    return status("Accepted" if device.station.id_tags.clear_cache() else "Rejected")


def customer_information(device: "Device", payload: Payload) -> Reply:
    """This charger keeps nothing of its customers but their tags, and says so."""
    if not payload["report"]:
        return status("Accepted")
    report = {
        "data": "nothing is kept",
        "seqNo": 0,
        "generatedAt": timestamp(device.parts.now()),
        "requestId": payload["requestId"],
    }
    message = Message("NotifyCustomerInformation", report)
    return status("Accepted", lambda: device.send(message))


COMMANDS: dict[str, Command] = {
    "GetLocalListVersion": get_version,
    "SendLocalList": send,
    "ClearCache": clear_cache,
    "CustomerInformation": customer_information,
}
