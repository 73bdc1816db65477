"""Authorize (OCPP 1.6 §4.1)."""

from app.edge_messages import Authorize, MessageResult
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
    return {"status": "Accepted" if result.accepted else "Invalid"}
