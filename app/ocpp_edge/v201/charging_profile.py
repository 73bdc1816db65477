"""ChargingProfileType and ChargingScheduleType (OCPP 2.0.1 §2.12, §2.13)."""

from typing import Final

from app.ocpp_edge import times
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v16.charging_profile import schedule_of
from app.operations import ChargingProfile, ProfilePurpose

PURPOSES: Final[dict[ProfilePurpose, str]] = {
    "ChargePointMaxProfile": "ChargingStationMaxProfile",
    "TxDefaultProfile": "TxDefaultProfile",
    "TxProfile": "TxProfile",
}


def profile_of(profile: ChargingProfile) -> Payload:
    """The profile as a payload; its one schedule has the profile's number."""
    payload: Payload = {
        "id": profile.id,
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": PURPOSES[profile.purpose],
        "chargingProfileKind": profile.kind,
        "chargingSchedule": [{"id": profile.id, **schedule_of(profile.schedule)}],
    }
    if profile.reference:
        payload["transactionId"] = profile.reference
    if profile.recurrency is not None:
        payload["recurrencyKind"] = profile.recurrency
    if profile.valid_from is not None:
        payload["validFrom"] = times.write(profile.valid_from)
    if profile.valid_to is not None:
        payload["validTo"] = times.write(profile.valid_to)
    return payload
