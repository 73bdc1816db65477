"""ClearChargingProfile (OCPP 1.6 §5.5)."""

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import ClearChargingProfile


def request(told: ClearChargingProfile) -> Request:
    """What matches all that is given; nothing given means all profiles."""
    given = {
        "id": told.profile_id,
        "connectorId": told.connector,
        "chargingProfilePurpose": told.purpose,
        "stackLevel": told.stack_level,
    }
    payload = {name: value for name, value in given.items() if value is not None}
    return Request("ClearChargingProfile", payload)


def outcome(payload: Payload) -> Outcome:
    """Unknown: there was none to clear."""
    return by_status(payload, accepted=("Accepted",), rejected=("Unknown",))
