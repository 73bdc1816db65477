"""Certificates (whitepaper §5)."""

from typing import TYPE_CHECKING

from app.simulator.upkeep.commands import delete, install
from app.simulator.wire.command import Command
from app.simulator.wire.messages import Payload, Reply, status

if TYPE_CHECKING:
    from app.simulator.device import Device


def certificate_signed(device: "Device", payload: Payload) -> Reply:
    """Use it from the next connection on, if it is for our key."""
    if device.certificates.accept(payload["certificateChain"]):
        return status("Accepted")
    event = "InvalidChargePointCertificate"
    return status("Rejected", lambda: device.security_event(event))


def installed_ids(device: "Device", payload: Payload) -> Reply:
    """Which are trusted."""
    listed = device.certificates.listed({payload["certificateType"]})
    if not listed:
        return status("NotFound")
    hashes = [item.hash_data() for item in listed]
    return Reply({"status": "Accepted", "certificateHashData": hashes})


COMMANDS: dict[str, Command] = {
    "CertificateSigned": certificate_signed,
    "InstallCertificate": install,
    "DeleteCertificate": delete,
    "GetInstalledCertificateIds": installed_ids,
}
