"""Reset (OCPP 1.6 §5.14)."""

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import Reset


def request(told: Reset) -> Request:
    """Soft stops transactions properly."""
    return Request("Reset", {"type": told.how})


def outcome(payload: Payload) -> Outcome:
    """Whether it will restart."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected",))
