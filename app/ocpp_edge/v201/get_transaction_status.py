"""GetTransactionStatus (OCPP 2.0.1 E14)."""

from app.ocpp_edge.answers import kept
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import GetTransactionStatus


def request(told: GetTransactionStatus) -> Request:
    """Of one transaction, or of all messages in its queue."""
    return Request(
        "GetTransactionStatus", {"transactionId": told.reference} if told.reference else {}
    )


def outcome(payload: Payload) -> Outcome:
    """Whether it runs, and whether messages of it are still to come."""
    return Outcome("accepted", "", kept(payload, "ongoingIndicator", "messagesInQueue"))
