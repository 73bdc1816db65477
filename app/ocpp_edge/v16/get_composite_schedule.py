"""GetCompositeSchedule (OCPP 1.6 §5.7)."""

from app.ocpp_edge.answers import by_status, kept
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import GetCompositeSchedule


def request(told: GetCompositeSchedule) -> Request:
    """From now on, for so long."""
    payload: Payload = {"connectorId": told.connector, "duration": told.duration_s}
    if told.unit is not None:
        payload["chargingRateUnit"] = told.unit
    return Request("GetCompositeSchedule", payload)


def outcome(payload: Payload) -> Outcome:
    """The schedule as the charge point tells it."""
    answered = by_status(payload, accepted=("Accepted",), rejected=("Rejected",))
    return Outcome(
        answered.outcome,
        answered.detail,
        kept(payload, "connectorId", "scheduleStart", "chargingSchedule"),
    )
