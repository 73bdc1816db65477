"""Firmware, logs, a vendor's own messages, the price so far (OCPP 2.0.1 part 2, I, L, N, P)."""

from typing import TYPE_CHECKING

from app.simulator.upkeep.commands import get_log
from app.simulator.upkeep.firmware import Update, is_certificate
from app.simulator.v201.words import moment
from app.simulator.wire.command import Command
from app.simulator.wire.messages import Payload, Reply, status

if TYPE_CHECKING:
    from app.simulator.device import Device


def update_firmware(device: "Device", payload: Payload) -> Reply:
    """Fetch, check if it is signed, and install."""
    firmware = payload["firmware"]
    certificate = firmware.get("signingCertificate")
    if certificate and not is_certificate(certificate):
        event = "InvalidFirmwareSigningCertificate"
        return status("InvalidCertificate", lambda: device.security_event(event))
    install_at = firmware.get("installDateTime")
    update = Update(
        location=firmware["location"],
        retrieve_at=moment(firmware["retrieveDateTime"]),
        install_at=moment(install_at) if install_at else None,
        retries=payload.get("retries", 0),
        retry_interval_s=payload.get("retryInterval", 0),
        request_id=payload["requestId"],
        detailed=True,
        certificate=certificate,
        signature=firmware.get("signature"),
    )
    outcome = "AcceptedCanceled" if device.firmware.busy else "Accepted"
    return status(outcome, lambda: device.firmware.begin(update))


def data_transfer(device: "Device", payload: Payload) -> Reply:
    """This vendor's messages are given back; no other vendor is known here."""
    if payload["vendorId"] != device.settings.vendor:
        return status("UnknownVendorId")
    if payload.get("messageId") != "Echo":
        return status("UnknownMessageId")
    return Reply({"status": "Accepted", "data": payload.get("data", "")})


def cost_updated(device: "Device", payload: Payload) -> Reply:
    """The price so far, for a display this charger does not have."""
    device.parts.journal.note(f"cost {payload['totalCost']} of {payload['transactionId']}")
    return Reply({})


COMMANDS: dict[str, Command] = {
    "UpdateFirmware": update_firmware,
    "GetLog": get_log,
    "DataTransfer": data_transfer,
    "CostUpdated": cost_updated,
}
