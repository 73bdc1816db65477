"""GetDiagnostics (OCPP 1.6 §5.9)."""

from app.ocpp_edge.answers import kept, retrying, within
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import GetDiagnostics


def request(told: GetDiagnostics) -> Request:
    """To a location that the charge point can send to."""
    window = within(told.since, told.until, "startTime", "stopTime")
    return Request("GetDiagnostics", {"location": told.location, **retrying(told), **window})


def outcome(payload: Payload) -> Outcome:
    """The name of the file; none: there is nothing to send."""
    found = kept(payload, "fileName")
    return Outcome("accepted", "" if found else "nothing to send", found)
