"""SendLocalList, GetLocalListVersion (OCPP 2.0.1 D01, D02)."""

from app.ocpp_edge import times
from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201 import tokens
from app.operations import GetLocalListVersion, LocalListEntry, SendLocalList


def send(told: SendLocalList) -> Request:
    """Replace the list, or change it."""
    payload: Payload = {"versionNumber": told.version, "updateType": told.update}
    if told.entries:
        payload["localAuthorizationList"] = [_entry(entry) for entry in told.entries]
    return Request("SendLocalList", payload)


def outcome_of_send(payload: Payload) -> Outcome:
    """VersionMismatch: the whole list is to be sent."""
    return by_status(payload, accepted=("Accepted",), rejected=("Failed", "VersionMismatch"))


def version(told: GetLocalListVersion) -> Request:
    """Which list it has."""
    return Request("GetLocalListVersion", {})


def outcome_of_version(payload: Payload) -> Outcome:
    """As 1.6 calls it; 0: it has none."""
    number = payload.get("versionNumber")
    if type(number) is not int:
        return Outcome("unknown", "no version")
    return Outcome("accepted", "", {"listVersion": number})


def _entry(entry: LocalListEntry) -> Payload:
    token = tokens.of_card_or_ours(entry.id_tag)
    if entry.status is None:
        return {"idToken": token}
    info: Payload = {"status": entry.status}
    if entry.expires_at is not None:
        info["cacheExpiryDateTime"] = times.write(entry.expires_at)
    if entry.parent_id_tag:
        info["groupIdToken"] = tokens.central(entry.parent_id_tag)
    return {"idToken": token, "idTokenInfo": info}
