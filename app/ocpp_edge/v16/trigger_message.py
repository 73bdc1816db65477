"""TriggerMessage (OCPP 1.6 §5.17) and ExtendedTriggerMessage (security whitepaper §4.3)."""

from typing import Final

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import Trigger

EXTENDED: Final = frozenset({"LogStatusNotification", "SignChargePointCertificate"})
"""What only the whitepaper's message can ask for; the older one is understood by more."""


def request(told: Trigger) -> Request:
    """With a connector where that makes sense."""
    payload: Payload = {"requestedMessage": told.message}
    if told.connector > 0:
        payload["connectorId"] = told.connector
    extended = told.message in EXTENDED
    return Request("ExtendedTriggerMessage" if extended else "TriggerMessage", payload)


def outcome(payload: Payload) -> Outcome:
    """Whether the message will come."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected", "NotImplemented"))
