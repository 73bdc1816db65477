"""SecurityEventNotification (OCPP 2.0.1 A04)."""

from app.edge_messages import SecurityEvent
from app.ocpp_edge.answers import text
from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201.memory import Memory


def receive(payload: Payload, context: Context, memory: Memory) -> Answered:
    """For the owner to read."""
    at = context.moment(payload.get("timestamp"))
    return Answered({}, SecurityEvent(text(payload["type"]), at, text(payload.get("techInfo"))))
