"""Authorize (OCPP 1.6 §4.1)."""

from app.edge_messages import Authorize, MessageResult
from app.ocpp_edge import times
from app.ocpp_edge.dialect import Asked, Context
from app.ocpp_edge.frames import Payload


def receive(payload: Payload, context: Context) -> Asked:
    """Only the app knows idTags."""
    return Asked(Authorize(payload["idTag"].strip()), answer)


def answer(result: MessageResult, context: Context) -> Payload:
    """Whether the idTag may charge."""
    return {"idTagInfo": id_tag_info(result)}


def id_tag_info(result: MessageResult) -> Payload:
    """IdTagInfo (OCPP 1.6 §7.26)."""
    info: Payload = {"status": status_of(result)}
    if result.parent_id_tag:
        info["parentIdTag"] = result.parent_id_tag
    if result.id_tag_until is not None:
        info["expiryDate"] = times.write(result.id_tag_until)
    return info


def status_of(result: MessageResult) -> str:
    """Accepted, or why not."""
    if result.accepted:
        return "Accepted"
    refused = result.id_tag_status in ("Blocked", "Expired", "ConcurrentTx")
    return result.id_tag_status if refused else "Invalid"
