"""RemoteStopTransaction (OCPP 1.6 §5.12)."""

from app.edge_messages import Command
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v16.answers import by_status


def request(command: Command) -> Request:
    """Stop a transaction."""
    return stop(command.transaction_id)


def stop(transaction_id: int) -> Request:
    """Stop a transaction, on the edge's own account."""
    return Request("RemoteStopTransaction", {"transactionId": transaction_id})


def outcome(command: Command, payload: Payload) -> Outcome:
    """Accepted means only that it will try; StopTransaction tells."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected",))
