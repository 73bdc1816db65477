"""SecurityEventNotification (security whitepaper §4.8)."""

from app.edge_messages import SecurityEvent
from app.ocpp_edge.answers import text
from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload


def receive(payload: Payload, context: Context) -> Answered:
    """For the owner to read."""
    said = SecurityEvent(
        text(payload["type"]),
        context.moment(payload.get("timestamp")),
        text(payload.get("techInfo")),
    )
    return Answered({}, said)
