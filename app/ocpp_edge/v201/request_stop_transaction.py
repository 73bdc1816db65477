"""RequestStopTransaction (OCPP 2.0.1 F03)."""

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201.memory import Memory
from app.operations import Stop


def request(told: Stop, memory: Memory) -> Request:
    """By the charge point's own name for it. Without one it is refused, and asked again."""
    reference = told.reference or memory.reference_of(told.transaction_id)
    return Request("RequestStopTransaction", {"transactionId": reference or "?"})


def outcome(payload: Payload) -> Outcome:
    """Accepted means only that it will try; TransactionEvent tells."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected",))
