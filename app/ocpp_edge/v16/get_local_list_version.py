"""GetLocalListVersion (OCPP 1.6 §5.10)."""

from app.ocpp_edge.answers import kept
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import GetLocalListVersion


def request(_told: GetLocalListVersion) -> Request:
    """Which list it has."""
    return Request("GetLocalListVersion", {})


def outcome(payload: Payload) -> Outcome:
    """-1: it keeps no local list."""
    version = payload.get("listVersion")
    if version == -1:
        return Outcome("rejected", "NotSupported", {"listVersion": -1})
    return Outcome("accepted", "", kept(payload, "listVersion"))
