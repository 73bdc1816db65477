"""VatNumberValidation (OCPP 2.1): we know of no companies."""

from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201.memory import Memory


def receive(payload: Payload, context: Context, memory: Memory) -> Answered:
    """Rejected, with the number that was asked about."""
    return Answered({"vatNumber": payload["vatNumber"], "status": "Rejected"})
