"""Smart charging (OCPP 2.0.1 K01, K08 to K10).

SetChargingProfile, ClearChargingProfile, GetCompositeSchedule, GetChargingProfiles and what it
brings, ReportChargingProfiles.
"""

import orjson

from app.edge_messages import Command, CommandOutcome
from app.ocpp_edge.answers import by_status, entries
from app.ocpp_edge.dialect import Answered, Context, Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201.charging_profile import PURPOSES, profile_of
from app.ocpp_edge.v201.memory import Memory
from app.operations import (
    ClearChargingProfile,
    GetChargingProfiles,
    GetCompositeSchedule,
    SetChargingProfile,
)

MAX_PROFILES = 500
PROFILES = "chargingProfile"


def set_profile(told: SetChargingProfile) -> Request:
    """EVSE 0: the charge point as a whole."""
    payload = {"evseId": told.connector, "chargingProfile": profile_of(told.profile)}
    return Request("SetChargingProfile", payload)


def outcome_of_set(payload: Payload) -> Outcome:
    """Whether it keeps to it."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected",))


def clear(told: ClearChargingProfile) -> Request:
    """What matches all that is given; nothing given means all profiles."""
    given = {
        "evseId": told.connector,
        "chargingProfilePurpose": PURPOSES[told.purpose] if told.purpose else None,
        "stackLevel": told.stack_level,
    }
    criteria = {name: value for name, value in given.items() if value is not None}
    payload: Payload = {}
    if told.profile_id is not None:
        payload["chargingProfileId"] = told.profile_id
    if criteria:
        payload["chargingProfileCriteria"] = criteria
    return Request("ClearChargingProfile", payload)


def outcome_of_clear(payload: Payload) -> Outcome:
    """Unknown: there was none to clear."""
    return by_status(payload, accepted=("Accepted",), rejected=("Unknown",))


def composite(told: GetCompositeSchedule) -> Request:
    """From now on, for so long."""
    payload: Payload = {"evseId": told.connector, "duration": told.duration_s}
    if told.unit is not None:
        payload["chargingRateUnit"] = told.unit
    return Request("GetCompositeSchedule", payload)


def outcome_of_composite(payload: Payload) -> Outcome:
    """The schedule, under the names that 1.6 gives its parts."""
    answered = by_status(payload, accepted=("Accepted",), rejected=("Rejected",))
    schedule = payload.get("schedule")
    if not isinstance(schedule, dict):
        return answered
    result: dict[str, object] = {
        "connectorId": schedule.get("evseId"),
        "scheduleStart": schedule.get("scheduleStart"),
        "chargingSchedule": {
            name: schedule[name]
            for name in ("duration", "chargingRateUnit", "chargingSchedulePeriod")
            if name in schedule
        },
    }
    return Outcome(answered.outcome, answered.detail, result)


def get_profiles(told: GetChargingProfiles, command: Command, memory: Memory) -> Request:
    """They come in ReportChargingProfiles, in as many parts as it likes."""
    memory.expect_report(told.request_id, command.id, command.attempt)
    payload: Payload = {"requestId": told.request_id, "chargingProfile": {}}
    if told.connector is not None:
        payload["evseId"] = told.connector
    return Request("GetChargingProfiles", payload)


def outcome_of_get(payload: Payload) -> Outcome | None:
    """None while a report is on its way; NoProfiles is an answer too."""
    answered = by_status(payload, accepted=("Accepted", "NoProfiles"), rejected=())
    if answered.detail == "Accepted":
        return None
    if answered.detail == "NoProfiles":
        return Outcome("accepted", "NoProfiles", {PROFILES: []})
    return answered


def report(payload: Payload, context: Context, memory: Memory) -> Answered:
    """Profiles of one EVSE and source; the last part tells the outcome."""
    known = memory.report(payload["requestId"])
    if known is None:
        return Answered({})
    kept = known.result.setdefault(PROFILES, [])
    assert isinstance(kept, list)
    for profile in entries(payload.get("chargingProfile"), MAX_PROFILES - len(kept)):
        told = {"evseId": payload["evseId"], "profile": profile}
        is_new = told not in kept  # asked twice, it tells twice
        if is_new and known.has_room_for(len(orjson.dumps(told))):
            kept.append(told)
    if payload.get("tbc") is True:
        return Answered({})
    memory.report_is_complete(payload["requestId"])
    said = CommandOutcome(known.command_id, known.attempt, "accepted", result=known.result)
    return Answered({}, said)
