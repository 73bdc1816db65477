"""GetConfiguration (OCPP 1.6 §5.8)."""

from app.ocpp_edge.answers import entries, text
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import GetConfiguration

MAX_KEYS = 500


def request(told: GetConfiguration) -> Request:
    """No key named asks for all."""
    return Request("GetConfiguration", {"key": list(told.keys)} if told.keys else {})


def outcome(payload: Payload) -> Outcome:
    """Key to value; the detail names what cannot be changed and what is not known."""
    result: dict[str, object] = {}
    read_only = []
    for entry in entries(payload.get("configurationKey"), MAX_KEYS):
        if isinstance(entry, dict) and (key := text(entry.get("key"))):
            result[key] = text(entry.get("value"))
            if entry.get("readonly") is True:
                read_only.append(key)
    unknown = [text(key) for key in entries(payload.get("unknownKey"), MAX_KEYS)]
    return Outcome("accepted", _detail(unknown), result, tuple(read_only))


def _detail(unknown: list[str]) -> str:
    return f"unknown: {', '.join(unknown)}" if unknown else ""
