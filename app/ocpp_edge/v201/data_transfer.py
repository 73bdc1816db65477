"""DataTransfer, both ways (OCPP 2.0.1 P01, P02): as in every version."""

from app.ocpp_edge import data_transfer
from app.ocpp_edge.data_transfer import outcome, request
from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201.memory import Memory

__all__ = ["outcome", "receive", "request"]


def receive(payload: Payload, context: Context, memory: Memory) -> Answered:
    """Whatever the memory holds."""
    return data_transfer.receive(payload, context)
