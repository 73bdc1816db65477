"""ChangeConfiguration (OCPP 1.6 §5.3)."""

from app.edge_messages import Setting
from app.ocpp_edge import answers
from app.ocpp_edge.dialect import Outcome, Request
from app.ocpp_edge.frames import Payload
from app.operations import ChangeConfiguration, SetPassword


def request(told: ChangeConfiguration | Setting) -> Request:
    """Set one key."""
    return Request("ChangeConfiguration", {"key": told.key, "value": told.value})


def set_password(told: SetPassword) -> Request:
    """Set the key that it signs in by (OCPP-J 1.6 §6.2, whitepaper §2.2)."""
    return Request("ChangeConfiguration", {"key": "AuthorizationKey", "value": told.password})


def outcome(payload: Payload) -> Outcome:
    """RebootRequired is accepted; the detail tells the owner."""
    return answers.by_status(
        payload, accepted=("Accepted", "RebootRequired"), rejected=("Rejected", "NotSupported")
    )


def was_set(payload: Payload) -> str:
    """The charge point's word, for the configuration report."""
    return answers.status(payload) or "failed"
