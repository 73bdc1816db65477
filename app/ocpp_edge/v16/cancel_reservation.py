"""CancelReservation (OCPP 1.6 §5.1)."""

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import CancelReservation


def request(told: CancelReservation) -> Request:
    """Give it back."""
    return Request("CancelReservation", {"reservationId": told.reservation_id})


def outcome(payload: Payload) -> Outcome:
    """Rejected: it knows of none by that number."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected",))
