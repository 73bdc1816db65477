"""RemoteStopTransaction (OCPP 1.6 §5.12)."""

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import Stop


def request(told: Stop) -> Request:
    """Stop a transaction."""
    return Request("RemoteStopTransaction", {"transactionId": told.transaction_id})


def outcome(payload: Payload) -> Outcome:
    """Accepted means only that it will try; StopTransaction tells."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected",))
