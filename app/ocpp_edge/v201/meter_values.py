"""MeterValues (OCPP 2.0.1 J01): of an EVSE's meter, outside of any transaction."""

from app.edge_messages import Readings
from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201 import values
from app.ocpp_edge.v201.memory import Memory


def receive(payload: Payload, context: Context, memory: Memory) -> Answered:
    """Answered at once; EVSE 0 is the main meter."""
    readings, signed = values.read_all(payload["meterValue"], context.moment)
    if not readings and not signed:
        return Answered({})
    return Answered({}, Readings(payload["evseId"], None, readings, signed))
