"""Firmware management, plain and signed, and logs (OCPP 1.6 §5.4, §5.19; whitepaper §5)."""

from typing import TYPE_CHECKING

from app.simulator.upkeep.commands import get_log
from app.simulator.upkeep.firmware import Update, is_certificate
from app.simulator.upkeep.logs import LogRequest
from app.simulator.v16.words import moment
from app.simulator.wire.command import Command
from app.simulator.wire.messages import Payload, Reply, status

if TYPE_CHECKING:
    from app.simulator.device import Device


def update_firmware(device: "Device", payload: Payload) -> Reply:
    """Fetch and install; how it goes is told."""
    update = Update(
        location=payload["location"],
        retrieve_at=moment(payload["retrieveDate"]),
        retries=payload.get("retries", 0),
        retry_interval_s=payload.get("retryInterval", 0),
    )
    return Reply({}, lambda: device.firmware.begin(update))


def signed_update_firmware(device: "Device", payload: Payload) -> Reply:
    """Fetch, check who signed it, and install."""
    firmware = payload["firmware"]
    if not is_certificate(firmware["signingCertificate"]):
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
        certificate=firmware["signingCertificate"],
        signature=firmware["signature"],
    )
    outcome = "AcceptedCanceled" if device.firmware.busy else "Accepted"
    return status(outcome, lambda: device.firmware.begin(update))


def get_diagnostics(device: "Device", payload: Payload) -> Reply:
    """Put the diagnostics where they are wanted."""
    request = LogRequest(
        location=payload["location"],
        name=device.logs.name("diagnostics"),
        failed="UploadFailed",
        retries=payload.get("retries", 0),
        retry_interval_s=payload.get("retryInterval", 0),
    )
    return Reply({"fileName": request.name}, lambda: device.logs.begin(request))


COMMANDS: dict[str, Command] = {
    "UpdateFirmware": update_firmware,
    "SignedUpdateFirmware": signed_update_firmware,
    "GetDiagnostics": get_diagnostics,
    "GetLog": get_log,
}
