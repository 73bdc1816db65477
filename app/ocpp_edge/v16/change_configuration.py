"""ChangeConfiguration (OCPP 1.6 §5.3)."""

from app.edge_messages import Command, Setting
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v16 import answers


def request(command: Command) -> Request:
    """``key`` and ``value``."""
    get = command.arguments.get
    return set_to(Setting(get("key", ""), get("value", "")))


def set_to(setting: Setting) -> Request:
    """Set one key."""
    return Request("ChangeConfiguration", {"key": setting.key, "value": setting.value})


def outcome(command: Command, payload: Payload) -> Outcome:
    """RebootRequired is accepted; the detail tells the owner."""
    return answers.by_status(
        payload, accepted=("Accepted", "RebootRequired"), rejected=("Rejected", "NotSupported")
    )


def was_set(payload: Payload) -> str:
    """The charge point's word, for the configuration report."""
    return answers.status(payload) or "failed"
