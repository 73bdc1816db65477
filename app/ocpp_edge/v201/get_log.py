"""GetLog and how far it is (OCPP 2.0.1 N01, LogStatusNotification); 1.6's GetDiagnostics too."""

from app.edge_messages import WorkStatus
from app.ocpp_edge.answers import by_status, kept, retrying, within
from app.ocpp_edge.dialect import Answered, Context, Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201.memory import Memory, request_id
from app.operations import GetDiagnostics, GetLog


def request(told: GetLog) -> Request:
    """To a location that the charge point can send to."""
    return _request(told, told.log, told.request_id)


def diagnostics(told: GetDiagnostics) -> Request:
    """Diagnostics are one of the logs."""
    return _request(told, "DiagnosticsLog", request_id(f"{told.location} {told.since}"))


def _request(told: GetLog | GetDiagnostics, log: str, number: int) -> Request:
    window = within(told.since, told.until, "oldestTimestamp", "latestTimestamp")
    payload = {
        "logType": log,
        "requestId": number,
        "log": {"remoteLocation": told.location, **window},
        **retrying(told),
    }
    return Request("GetLog", payload)


def outcome(payload: Payload) -> Outcome:
    """AcceptedCanceled: an upload under way was given up for this one."""
    answered = by_status(payload, accepted=("Accepted", "AcceptedCanceled"), rejected=("Rejected",))
    return Outcome(answered.outcome, answered.detail, kept(payload, "filename"))


def status(payload: Payload, context: Context, memory: Memory) -> Answered:
    """How far the upload is, and of which request."""
    said = WorkStatus("log", payload["status"], context.now(), payload.get("requestId"))
    return Answered({}, said)
