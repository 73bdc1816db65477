"""ChangeAvailability (OCPP 1.6 §5.2)."""

from app.edge_messages import Command
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v16.answers import by_status


def request(command: Command) -> Request:
    """``type``: Operative or Inoperative; connector 0 is the whole charge point."""
    kind = command.arguments.get("type", "")
    return Request("ChangeAvailability", {"connectorId": command.connector, "type": kind})


def outcome(command: Command, payload: Payload) -> Outcome:
    """Scheduled: when the running transaction ends."""
    return by_status(payload, accepted=("Accepted", "Scheduled"), rejected=("Rejected",))
