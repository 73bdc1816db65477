"""TriggerMessage (OCPP 1.6 §5.17)."""

from app.edge_messages import Command
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v16.answers import by_status


def request(command: Command) -> Request:
    """``requestedMessage``; with a connector where that makes sense."""
    payload: Payload = {"requestedMessage": command.arguments.get("requestedMessage", "")}
    if command.connector > 0:
        payload["connectorId"] = command.connector
    return Request("TriggerMessage", payload)


def outcome(command: Command, payload: Payload) -> Outcome:
    """Whether the message will come."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected", "NotImplemented"))
