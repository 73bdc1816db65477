"""BootNotification (OCPP 2.0.1 B01)."""

from app.edge_messages import Booted, MessageResult
from app.ocpp_edge import times
from app.ocpp_edge.answers import registration
from app.ocpp_edge.dialect import Asked, Context
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201.memory import Memory


def receive(payload: Payload, context: Context, memory: Memory) -> Asked:
    """Answered when the app knows of the boot; until then the charge point asks again."""
    station = payload["chargingStation"]
    said = Booted(
        vendor=station["vendorName"],
        model=station["model"],
        serial=station.get("serialNumber", ""),
        firmware=station.get("firmwareVersion", ""),
        reason=payload["reason"],
    )
    return Asked(said, answer)


def answer(result: MessageResult, context: Context) -> Payload:
    """The time, and how often to send heartbeats."""
    return {
        "status": registration(result),
        "currentTime": times.write(context.now()),
        "interval": context.heartbeat_interval_s,
    }
