"""ClearCache (OCPP 2.0.1 C11)."""

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import ClearCache


def request(told: ClearCache) -> Request:
    """Forget remembered authorizations."""
    return Request("ClearCache", {})


def outcome(payload: Payload) -> Outcome:
    """Whether there is a cache and it is empty now."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected",))
