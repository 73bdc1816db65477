"""UnlockConnector (OCPP 2.0.1 F05)."""

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import Unlock

ONLY_CONNECTOR = 1


def request(told: Unlock) -> Request:
    """Release the cable."""
    payload = {"evseId": told.connector, "connectorId": ONLY_CONNECTOR}
    return Request("UnlockConnector", payload)


def outcome(payload: Payload) -> Outcome:
    """Whether the cable is free."""
    return by_status(
        payload,
        accepted=("Unlocked",),
        rejected=("UnlockFailed", "OngoingAuthorizedTransaction", "UnknownConnector"),
    )
