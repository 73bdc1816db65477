"""StatusNotification (OCPP 1.6 §4.9)."""

from app.edge_messages import ConnectorStatus
from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload


def receive(payload: Payload, context: Context) -> Answered:
    """Answered at once; the newest status of a connector goes to the app."""
    said = ConnectorStatus(
        connector=payload["connectorId"],
        status=payload["status"],
        error_code=payload["errorCode"],
        at=context.moment(payload.get("timestamp")),
        info=payload.get("info", ""),
        vendor_error_code=payload.get("vendorErrorCode", ""),
    )
    return Answered({}, said)
