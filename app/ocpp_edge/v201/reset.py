"""Reset (OCPP 2.0.1 B11, B12)."""

from typing import Final

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import Reset

RESETS: Final = {"Soft": "OnIdle", "Hard": "Immediate"}


def request(told: Reset) -> Request:
    """Soft waits until nothing runs; Hard ends transactions and restarts at once."""
    return Request("Reset", {"type": RESETS[told.how]})


def outcome(payload: Payload) -> Outcome:
    """Scheduled: when the running transaction ends."""
    return by_status(payload, accepted=("Accepted", "Scheduled"), rejected=("Rejected",))
