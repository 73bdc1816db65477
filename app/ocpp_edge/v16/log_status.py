"""DiagnosticsStatusNotification (OCPP 1.6 §4.4), LogStatusNotification (whitepaper §4.7)."""

from app.edge_messages import WorkStatus
from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload


def diagnostics(payload: Payload, context: Context) -> Answered:
    """How far the upload is."""
    return Answered({}, WorkStatus("diagnostics", payload["status"], context.now()))


def log(payload: Payload, context: Context) -> Answered:
    """How far the upload is, and of which request."""
    said = WorkStatus("log", payload["status"], context.now(), payload.get("requestId"))
    return Answered({}, said)
