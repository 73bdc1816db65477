"""RemoteStartTransaction (OCPP 1.6 §5.11)."""

from app.edge_messages import Command
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v16.answers import by_status


def request(command: Command) -> Request:
    """Start on a connector; without one the charge point chooses."""
    payload: Payload = {"idTag": command.id_tag}
    if command.connector > 0:
        payload["connectorId"] = command.connector
    return Request("RemoteStartTransaction", payload)


def outcome(command: Command, payload: Payload) -> Outcome:
    """A rejection counts on first delivery only: the first may have started what we now repeat."""
    answered = by_status(payload, accepted=("Accepted",), rejected=("Rejected",))
    if answered.outcome == "rejected" and command.attempt > 1:
        return Outcome("unknown", "Rejected when repeated")
    return answered
