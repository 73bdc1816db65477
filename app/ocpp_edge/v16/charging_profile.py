"""ChargingProfile and ChargingSchedule in OCPP 1.6's words (§7.8, §7.13, §7.14)."""

from decimal import ROUND_DOWN, Decimal

from app.ocpp_edge import times
from app.ocpp_edge.frames import Payload
from app.operations import ChargingProfile, ChargingSchedule

TENTH = Decimal("0.1")


def profile_of(profile: ChargingProfile) -> Payload:
    """The profile as a payload."""
    payload: Payload = {
        "chargingProfileId": profile.id,
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": profile.purpose,
        "chargingProfileKind": profile.kind,
        "chargingSchedule": schedule_of(profile.schedule),
    }
    if profile.transaction_id is not None:
        payload["transactionId"] = profile.transaction_id
    if profile.recurrency is not None:
        payload["recurrencyKind"] = profile.recurrency
    if profile.valid_from is not None:
        payload["validFrom"] = times.write(profile.valid_from)
    if profile.valid_to is not None:
        payload["validTo"] = times.write(profile.valid_to)
    return payload


def schedule_of(schedule: ChargingSchedule) -> Payload:
    """What may flow from when on: the same words in 2.0.1."""
    periods = []
    for period in schedule.periods:
        written: Payload = {"startPeriod": period.start_s, "limit": _tenths(period.limit)}
        if period.phases is not None:
            written["numberPhases"] = period.phases
        periods.append(written)
    payload: Payload = {"chargingRateUnit": schedule.unit, "chargingSchedulePeriod": periods}
    if schedule.duration_s is not None:
        payload["duration"] = schedule.duration_s
    if schedule.starts_at is not None:
        payload["startSchedule"] = times.write(schedule.starts_at)
    if schedule.min_charging_rate is not None:
        payload["minChargingRate"] = _tenths(schedule.min_charging_rate)
    return payload


def _tenths(limit: Decimal) -> float:
    """At most one digit after the point (§7.14), and never more than was meant."""
    return float(limit.quantize(TENTH, rounding=ROUND_DOWN))
