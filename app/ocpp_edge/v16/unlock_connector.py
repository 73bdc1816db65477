"""UnlockConnector (OCPP 1.6 §5.18)."""

from app.edge_messages import Command
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v16.answers import by_status


def request(command: Command) -> Request:
    """Release the cable."""
    return Request("UnlockConnector", {"connectorId": command.connector})


def outcome(command: Command, payload: Payload) -> Outcome:
    """Whether the cable is free."""
    return by_status(payload, accepted=("Unlocked",), rejected=("UnlockFailed", "NotSupported"))
