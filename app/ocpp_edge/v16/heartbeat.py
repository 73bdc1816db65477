"""Heartbeat (OCPP 1.6 §4.6)."""

from app.ocpp_edge import times
from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload


def receive(payload: Payload, context: Context) -> Answered:
    """The time. The app is not told: that the socket lives is the edge's to know."""
    return Answered({"currentTime": times.write(context.now())})
