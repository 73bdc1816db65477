"""SetChargingProfile (OCPP 1.6 §5.16)."""

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v16.charging_profile import profile_of
from app.operations import SetChargingProfile


def request(told: SetChargingProfile) -> Request:
    """Limit what may flow."""
    payload = {"connectorId": told.connector, "csChargingProfiles": profile_of(told.profile)}
    return Request("SetChargingProfile", payload)


def outcome(payload: Payload) -> Outcome:
    """Whether it will keep to it."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected", "NotSupported"))
