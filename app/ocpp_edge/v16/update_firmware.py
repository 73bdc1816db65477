"""UpdateFirmware (OCPP 1.6 §5.19), SignedUpdateFirmware (whitepaper §4.11) and their states.

FirmwareStatusNotification (§4.5), SignedFirmwareStatusNotification (whitepaper §4.9).
"""

from app.edge_messages import WorkStatus
from app.ocpp_edge import times
from app.ocpp_edge.answers import by_status, retrying
from app.ocpp_edge.dialect import Answered, Context, Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import UpdateFirmware


def request(told: UpdateFirmware) -> Request:
    """Signed where the owner has the maker's signature: the charge point checks it."""
    if not told.is_signed:
        at = times.write(told.retrieve_at)
        payload = {"location": told.location, "retrieveDate": at, **retrying(told)}
        return Request("UpdateFirmware", payload)
    firmware = {
        "location": told.location,
        "retrieveDateTime": times.write(told.retrieve_at),
        "signingCertificate": told.signing_certificate,
        "signature": told.signature,
    }
    if told.install_at is not None:
        firmware["installDateTime"] = times.write(told.install_at)
    payload = {"requestId": told.request_id, "firmware": firmware, **retrying(told)}
    return Request("SignedUpdateFirmware", payload)


def outcome(payload: Payload) -> Outcome:
    """The unsigned one has no status: that it is answered is all."""
    if "status" not in payload:
        return Outcome("accepted")
    return by_status(
        payload,
        accepted=("Accepted", "AcceptedCanceled"),
        rejected=("Rejected", "InvalidCertificate", "RevokedCertificate"),
    )


def status(payload: Payload, context: Context) -> Answered:
    """How far it is."""
    said = WorkStatus("firmware", payload["status"], context.now(), payload.get("requestId"))
    return Answered({}, said)
