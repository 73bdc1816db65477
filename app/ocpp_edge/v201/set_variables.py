"""SetVariables (OCPP 2.0.1 B05)."""

from typing import Any

from app.edge_messages import Setting
from app.ocpp_edge.answers import entries, text
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201 import variables
from app.operations import ChangeConfiguration, SetPassword

ACCEPTED = ("Accepted", "RebootRequired")
UNKNOWN = ("NotSupportedAttributeType", "UnknownComponent", "UnknownVariable")


def request(told: ChangeConfiguration | Setting) -> Request:
    """Set one variable. Raises ``BadInput`` for a key that names none."""
    data = {"attributeValue": told.value, **variables.parsed(told.key)}
    return Request("SetVariables", {"setVariableData": [data]})


def set_password(told: SetPassword) -> Request:
    """Set the variable that it signs in by (OCPP 2.0.1 A01)."""
    return request(Setting("SecurityCtrlr.BasicAuthPassword", told.password))


def outcome(payload: Payload) -> Outcome:
    """RebootRequired is accepted; the detail tells the owner."""
    result = _result(payload)
    word = text(result.get("attributeStatus"))
    info = result.get("attributeStatusInfo")
    reason = text(info.get("reasonCode")) if isinstance(info, dict) else ""
    detail = f"{word}: {reason}" if reason else word
    if word in ACCEPTED:
        return Outcome("accepted", detail)
    if word == "Rejected" or word in UNKNOWN:
        return Outcome("rejected", detail)
    return Outcome("unknown", detail or "no status")


def was_set(payload: Payload) -> str:
    """For the configuration report, in 1.6's words."""
    word = text(_result(payload).get("attributeStatus"))
    return "NotSupported" if word in UNKNOWN else word or "failed"


def _result(payload: Payload) -> dict[str, Any]:
    found = entries(payload.get("setVariableResult"), 1)
    return found[0] if found and isinstance(found[0], dict) else {}
