"""ReserveNow (OCPP 1.6 §5.13)."""

from app.ocpp_edge import times
from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import Reserve


def request(told: Reserve) -> Request:
    """Connector 0: any one of them."""
    payload = {
        "connectorId": told.connector,
        "expiryDate": times.write(told.expires_at),
        "idTag": told.id_tag,
        "reservationId": told.reservation_id,
    }
    if told.parent_id_tag:
        payload["parentIdTag"] = told.parent_id_tag
    return Request("ReserveNow", payload)


def outcome(payload: Payload) -> Outcome:
    """Whether it is kept free."""
    return by_status(
        payload,
        accepted=("Accepted",),
        rejected=("Faulted", "Occupied", "Rejected", "Unavailable"),
    )
