"""Calls that are acknowledged and nothing more.

FirmwareStatusNotification (OCPP 1.6 §4.5), DiagnosticsStatusNotification (§4.4) and the
notifications of the security whitepaper (§5) expect an empty answer. DataTransfer (§4.3): of the
vendors' extensions we know none. A certificate is not signed.
"""

from collections.abc import Callable

from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload

ANSWERS: dict[str, Payload] = {
    "FirmwareStatusNotification": {},
    "DiagnosticsStatusNotification": {},
    "LogStatusNotification": {},
    "SecurityEventNotification": {},
    "SignedFirmwareStatusNotification": {},
    "SignCertificate": {"status": "Rejected"},
    "DataTransfer": {"status": "UnknownVendorId"},
}


def receiver(answer: Payload) -> Callable[[Payload, Context], Answered]:
    """A receiver that always gives this answer."""
    answered = Answered(answer)

    def receive(payload: Payload, context: Context) -> Answered:
        return answered

    return receive
