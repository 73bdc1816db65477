"""How our calls are written and charge points' answers read, for all operations alike."""

from collections.abc import Container
from datetime import datetime

from app.edge_messages import MessageResult
from app.ocpp_edge import times
from app.ocpp_edge.dialect import Outcome
from app.ocpp_edge.frames import Payload
from app.operations import GetDiagnostics, GetLog, UpdateFirmware

TEXT_LIMIT = 500


def registration(result: MessageResult) -> str:
    """The status of our answer to a boot (OCPP 1.6 §7.37 RegistrationStatus, the same in 2.0.1)."""
    if result.pending:
        return "Pending"
    return "Accepted" if result.accepted else "Rejected"


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


def entries(value: object, at_most: int) -> list[object]:
    """The entries of a list; none where there is no list."""
    return value[:at_most] if isinstance(value, list) else []


def kept(payload: Payload, *names: str) -> dict[str, object]:
    """What is kept of an answer, as the charge point said it."""
    return {name: payload[name] for name in names if payload.get(name) is not None}


def retrying(told: GetDiagnostics | GetLog | UpdateFirmware) -> Payload:
    """How often to try a transfer, where that was said."""
    given = {"retries": told.retries, "retryInterval": told.retry_interval_s}
    return {name: value for name, value in given.items() if value is not None}


def within(since: datetime | None, until: datetime | None, first: str, last: str) -> Payload:
    """The time that is asked about, under the action's own names."""
    given = {first: since, last: until}
    return {name: times.write(at) for name, at in given.items() if at is not None}
