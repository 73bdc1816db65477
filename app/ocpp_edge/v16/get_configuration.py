"""GetConfiguration (OCPP 1.6 §5.8)."""

from app.edge_messages import Command
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v16.answers import text

MAX_KEYS = 500


def request(command: Command) -> Request:
    """``key``: names with commas between; none asks for all."""
    names = [name.strip() for name in command.arguments.get("key", "").split(",")]
    wanted = [name for name in names if name]
    return Request("GetConfiguration", {"key": wanted} if wanted else {})


def outcome(command: Command, payload: Payload) -> Outcome:
    """The keys with their values; the detail names what the charge point does not know."""
    result = {}
    for entry in _list(payload.get("configurationKey")):
        if isinstance(entry, dict) and (key := text(entry.get("key"))):
            result[key] = text(entry.get("value"))
    unknown = [text(key) for key in _list(payload.get("unknownKey"))]
    return Outcome("accepted", f"unknown: {', '.join(unknown)}" if unknown else "", result)


def _list(value: object) -> list[object]:
    return value[:MAX_KEYS] if isinstance(value, list) else []
