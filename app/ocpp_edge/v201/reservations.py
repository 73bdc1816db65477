"""ReserveNow, CancelReservation, ReservationStatusUpdate (OCPP 2.0.1 H01 to H04)."""

from app.edge_messages import ReservationEnded
from app.ocpp_edge import times
from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Answered, Context, Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201 import tokens
from app.ocpp_edge.v201.memory import Memory
from app.operations import CancelReservation, Reserve


def reserve(told: Reserve) -> Request:
    """Without an EVSE: any one of them."""
    payload: Payload = {
        "id": told.reservation_id,
        "expiryDateTime": times.write(told.expires_at),
        "idToken": tokens.of_card_or_ours(told.id_tag),
    }
    if told.connector > 0:
        payload["evseId"] = told.connector
    if told.parent_id_tag:
        payload["groupIdToken"] = tokens.central(told.parent_id_tag)
    return Request("ReserveNow", payload)


def outcome_of_reserve(payload: Payload) -> Outcome:
    """Whether it is kept free."""
    rejected = ("Faulted", "Occupied", "Rejected", "Unavailable")
    return by_status(payload, accepted=("Accepted",), rejected=rejected)


def cancel(told: CancelReservation) -> Request:
    """Give it back."""
    return Request("CancelReservation", {"reservationId": told.reservation_id})


def outcome_of_cancel(payload: Payload) -> Outcome:
    """Rejected: it knows of none by that number."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected",))


def update(payload: Payload, context: Context, memory: Memory) -> Answered:
    """It has run out, or had to go."""
    said = ReservationEnded(payload["reservationId"], payload["reservationUpdateStatus"])
    return Answered({}, said)
