"""StatusNotification (OCPP 2.0.1 G01)."""

from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201 import evse_status
from app.ocpp_edge.v201.memory import Memory


def receive(payload: Payload, context: Context, memory: Memory) -> Answered:
    """Answered at once; the newest status of an EVSE goes to the app."""
    at = context.moment(payload.get("timestamp"))
    word = payload["connectorStatus"]
    return Answered({}, evse_status.available(memory, payload["evseId"], word, at))
