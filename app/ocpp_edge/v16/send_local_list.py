"""SendLocalList (OCPP 1.6 §5.15)."""

from app.ocpp_edge import times
from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import LocalListEntry, SendLocalList


def request(told: SendLocalList) -> Request:
    """Replace the list, or change it."""
    payload: Payload = {"listVersion": told.version, "updateType": told.update}
    if told.entries:
        payload["localAuthorizationList"] = [_entry(entry) for entry in told.entries]
    return Request("SendLocalList", payload)


def outcome(payload: Payload) -> Outcome:
    """VersionMismatch: the whole list is to be sent."""
    return by_status(
        payload, accepted=("Accepted",), rejected=("Failed", "NotSupported", "VersionMismatch")
    )


def _entry(entry: LocalListEntry) -> Payload:
    if entry.status is None:
        return {"idTag": entry.id_tag}
    info: Payload = {"status": entry.status}
    if entry.expires_at is not None:
        info["expiryDate"] = times.write(entry.expires_at)
    if entry.parent_id_tag:
        info["parentIdTag"] = entry.parent_id_tag
    return {"idTag": entry.id_tag, "idTagInfo": info}
