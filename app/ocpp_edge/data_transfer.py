"""DataTransfer, both ways, the same in every version (OCPP 1.6 §4.3, §5.6; 2.0.1 P01, P02)."""

from typing import Any

import orjson

from app.edge_messages import VendorData
from app.ocpp_edge.answers import by_status, text
from app.ocpp_edge.dialect import Answered, Context, Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import TransferData

LONGEST_DATA = 10_000


def receive(payload: Payload, context: Context) -> Answered:
    """Of the vendors' extensions we know none, and say so; what was sent is for the owner."""
    said = VendorData(
        text(payload["vendorId"]),
        context.now(),
        text(payload.get("messageId")),
        _written(payload.get("data"))[:LONGEST_DATA],
    )
    return Answered({"status": "UnknownVendorId"}, said)


def request(told: TransferData) -> Request:
    """The vendor's id, its message's where given."""
    payload: Payload = {"vendorId": told.vendor_id}
    if told.message_id:
        payload["messageId"] = told.message_id
    if told.data:
        payload["data"] = told.data
    return Request("DataTransfer", payload)


def outcome(payload: Payload) -> Outcome:
    """The vendor's answer is in ``data``."""
    answered = by_status(
        payload,
        accepted=("Accepted",),
        rejected=("Rejected", "UnknownMessageId", "UnknownVendorId"),
    )
    data = text(_written(payload.get("data")))
    return Outcome(answered.outcome, answered.detail, {"data": data}) if data else answered


def _written(data: Any) -> str:
    """Any JSON may be sent in 2.0.1, and is in 1.6; text as it is."""
    if data is None or type(data) is str:
        return data or ""
    return orjson.dumps(data).decode()
