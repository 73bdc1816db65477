"""BootNotification (OCPP 1.6 §4.2)."""

from app.edge_messages import Booted, MessageResult
from app.ocpp_edge import times
from app.ocpp_edge.answers import registration
from app.ocpp_edge.dialect import Asked, Context
from app.ocpp_edge.frames import Payload


def receive(payload: Payload, context: Context) -> Asked:
    """Answered when the app knows of the boot; until then the charge point asks again."""
    said = Booted(
        vendor=payload["chargePointVendor"],
        model=payload["chargePointModel"],
        serial=payload.get("chargePointSerialNumber") or payload.get("chargeBoxSerialNumber", ""),
        firmware=payload.get("firmwareVersion", ""),
    )
    return Asked(said, answer)


def answer(result: MessageResult, context: Context) -> Payload:
    """The time, and how often to send heartbeats."""
    return {
        "status": registration(result),
        "currentTime": times.write(context.now()),
        "interval": context.heartbeat_interval_s,
    }
