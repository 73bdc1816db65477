"""Reset (OCPP 1.6 §5.14)."""

from app.edge_messages import Command
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v16.answers import by_status


def request(command: Command) -> Request:
    """``type``: Soft (stops transactions properly) or Hard."""
    return Request("Reset", {"type": command.arguments.get("type", "Soft")})


def outcome(command: Command, payload: Payload) -> Outcome:
    """Whether it will restart."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected",))
