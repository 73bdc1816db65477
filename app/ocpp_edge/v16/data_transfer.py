"""DataTransfer to a charge point (OCPP 1.6 §5.6); what it sends itself is in `acknowledged`."""

from app.edge_messages import Command
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v16.answers import by_status, text


def request(command: Command) -> Request:
    """``vendorId``, and ``messageId`` and ``data`` where given."""
    names = ("vendorId", "messageId", "data")
    payload = {name: command.arguments[name] for name in names if name in command.arguments}
    return Request("DataTransfer", payload)


def outcome(command: Command, payload: Payload) -> Outcome:
    """The vendor's answer is in ``data``."""
    answered = by_status(
        payload,
        accepted=("Accepted",),
        rejected=("Rejected", "UnknownMessageId", "UnknownVendorId"),
    )
    data = text(payload.get("data"))
    return Outcome(answered.outcome, answered.detail, {"data": data}) if data else answered
