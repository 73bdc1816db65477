"""UpdateFirmware and how far it is (OCPP 2.0.1 L01, FirmwareStatusNotification)."""

from app.edge_messages import WorkStatus
from app.ocpp_edge import times
from app.ocpp_edge.answers import by_status, retrying
from app.ocpp_edge.dialect import Answered, Context, Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201.memory import Memory
from app.operations import UpdateFirmware


def request(told: UpdateFirmware) -> Request:
    """With the maker's signature, where the owner has it, the charge point checks it."""
    firmware: Payload = {
        "location": told.location,
        "retrieveDateTime": times.write(told.retrieve_at),
    }
    if told.install_at is not None:
        firmware["installDateTime"] = times.write(told.install_at)
    if told.is_signed:
        firmware["signingCertificate"] = told.signing_certificate
        firmware["signature"] = told.signature
    payload = {"requestId": told.request_id, "firmware": firmware, **retrying(told)}
    return Request("UpdateFirmware", payload)


def outcome(payload: Payload) -> Outcome:
    """AcceptedCanceled: an update under way was given up for this one."""
    return by_status(
        payload,
        accepted=("Accepted", "AcceptedCanceled"),
        rejected=("Rejected", "InvalidCertificate", "RevokedCertificate"),
    )


def status(payload: Payload, context: Context, memory: Memory) -> Answered:
    """How far it is."""
    said = WorkStatus("firmware", payload["status"], context.now(), payload.get("requestId"))
    return Answered({}, said)
