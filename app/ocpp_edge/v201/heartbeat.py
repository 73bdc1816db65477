"""Heartbeat (OCPP 2.0.1 G02)."""

from app.ocpp_edge import times
from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201.memory import Memory


def receive(payload: Payload, context: Context, memory: Memory) -> Answered:
    """The time. The app is not told: that the socket lives is the edge's to know."""
    return Answered({"currentTime": times.write(context.now())})
