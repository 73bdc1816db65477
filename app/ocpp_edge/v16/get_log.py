"""GetLog (security whitepaper §4.4)."""

from app.ocpp_edge.answers import by_status, kept, retrying, within
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import GetLog


def request(told: GetLog) -> Request:
    """To a location that the charge point can send to."""
    window = within(told.since, told.until, "oldestTimestamp", "latestTimestamp")
    payload = {
        "logType": told.log,
        "requestId": told.request_id,
        "log": {"remoteLocation": told.location, **window},
        **retrying(told),
    }
    return Request("GetLog", payload)


def outcome(payload: Payload) -> Outcome:
    """AcceptedCanceled: an upload under way was given up for this one."""
    answered = by_status(payload, accepted=("Accepted", "AcceptedCanceled"), rejected=("Rejected",))
    return Outcome(answered.outcome, answered.detail, kept(payload, "filename"))
