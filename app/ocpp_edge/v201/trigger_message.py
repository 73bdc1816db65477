"""TriggerMessage (OCPP 2.0.1 F06)."""

from typing import Final

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import Trigger

ONLY_CONNECTOR = 1
MESSAGES: Final = {
    "DiagnosticsStatusNotification": "LogStatusNotification",
    "SignChargePointCertificate": "SignChargingStationCertificate",
}
"""Those that 2.0.1 has renamed."""


def request(told: Trigger) -> Request:
    """With an EVSE where that makes sense; a status is of one connector."""
    payload: Payload = {"requestedMessage": MESSAGES.get(told.message, told.message)}
    if told.connector > 0:
        payload["evse"] = {"id": told.connector}
        if told.message == "StatusNotification":
            payload["evse"]["connectorId"] = ONLY_CONNECTOR
    return Request("TriggerMessage", payload)


def outcome(payload: Payload) -> Outcome:
    """Whether the message will come."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected", "NotImplemented"))
