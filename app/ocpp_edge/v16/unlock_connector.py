"""UnlockConnector (OCPP 1.6 §5.18)."""

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import Unlock


def request(told: Unlock) -> Request:
    """Release the cable."""
    return Request("UnlockConnector", {"connectorId": told.connector})


def outcome(payload: Payload) -> Outcome:
    """Whether the cable is free."""
    return by_status(payload, accepted=("Unlocked",), rejected=("UnlockFailed", "NotSupported"))
