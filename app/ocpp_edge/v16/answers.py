"""How charge points' answers to our calls are read, for all commands alike."""

from collections.abc import Container

from app.ocpp_edge.dialect import Outcome
from app.ocpp_edge.frames import Payload

TEXT_LIMIT = 500


def status(payload: Payload) -> str:
    """The ``status`` of an answer, in the standard's capitals as far as the case goes."""
    word = payload.get("status")
    if type(word) is not str:
        return ""
    word = word.strip()[:TEXT_LIMIT]
    return word[:1].upper() + word[1:]


def by_status(payload: Payload, *, accepted: Container[str], rejected: Container[str]) -> Outcome:
    """What a status means; one that the standard does not know means nothing."""
    word = status(payload)
    if word in accepted:
        return Outcome("accepted", word)
    if word in rejected:
        return Outcome("rejected", word)
    return Outcome("unknown", word or "no status")


def text(value: object) -> str:
    """Some text of a charge point, not longer than an owner would read."""
    if value is None:
        return ""
    return (value if type(value) is str else str(value)[:TEXT_LIMIT])[:TEXT_LIMIT]
