"""What charge points answer about certificates, the same in every version."""

from app.ocpp_edge.answers import by_status
from app.ocpp_edge.dialect import Outcome
from app.ocpp_edge.frames import Payload


def outcome_of_signed(payload: Payload) -> Outcome:
    """Whether it will use the certificate."""
    return by_status(payload, accepted=("Accepted",), rejected=("Rejected",))


def outcome_of_install(payload: Payload) -> Outcome:
    """Failed: it is no certificate to it, or there is no room."""
    return by_status(payload, accepted=("Accepted",), rejected=("Failed", "Rejected"))


def outcome_of_delete(payload: Payload) -> Outcome:
    """NotFound: it did not trust it."""
    return by_status(payload, accepted=("Accepted",), rejected=("Failed", "NotFound"))
