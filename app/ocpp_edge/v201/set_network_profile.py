"""SetNetworkProfile (OCPP 2.0.1 B09)."""

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import SetNetworkProfile


def request(told: SetNetworkProfile) -> Request:
    """Kept in a slot; used when ``OCPPCommCtrlr.NetworkConfigurationPriority`` names it."""
    connection = {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": told.url,
        "messageTimeout": told.message_timeout_s,
        "securityProfile": told.security_profile,
        "ocppInterface": told.interface,
    }
    payload = {"configurationSlot": told.slot, "connectionData": connection}
    return Request("SetNetworkProfile", payload)


def outcome(payload: Payload) -> Outcome:
    """Failed: it was understood, and could not be kept."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected", "Failed"))
