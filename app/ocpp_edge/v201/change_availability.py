"""ChangeAvailability (OCPP 2.0.1 G03, G04)."""

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import ChangeAvailability


def request(told: ChangeAvailability) -> Request:
    """Without an EVSE: the whole charge point."""
    payload: Payload = {"operationalStatus": told.availability}
    if told.connector > 0:
        payload["evse"] = {"id": told.connector}
    return Request("ChangeAvailability", payload)


def outcome(payload: Payload) -> Outcome:
    """Scheduled: when the running transaction ends."""
    return by_status(payload, accepted=("Accepted", "Scheduled"), rejected=("Rejected",))
