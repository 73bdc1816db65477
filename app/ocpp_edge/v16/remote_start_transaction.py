"""RemoteStartTransaction (OCPP 1.6 §5.11)."""

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import Start


def request(told: Start) -> Request:
    """Start on a connector; without one the charge point chooses."""
    payload: Payload = {"idTag": told.id_tag}
    if told.connector > 0:
        payload["connectorId"] = told.connector
    return Request("RemoteStartTransaction", payload)


def outcome(payload: Payload) -> Outcome:
    """Whether it will try."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected",))
