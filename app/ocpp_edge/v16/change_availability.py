"""ChangeAvailability (OCPP 1.6 §5.2)."""

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import ChangeAvailability


def request(told: ChangeAvailability) -> Request:
    """Connector 0 is the whole charge point."""
    return Request("ChangeAvailability", {"connectorId": told.connector, "type": told.availability})


def outcome(payload: Payload) -> Outcome:
    """Scheduled: when the running transaction ends."""
    return by_status(payload, accepted=("Accepted", "Scheduled"), rejected=("Rejected",))
