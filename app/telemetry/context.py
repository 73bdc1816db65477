"""Whom the work at hand is about: set at each border, found in every log line inside.

Lives in a ``contextvars`` variable, so it follows a task and whatever it starts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any


@dataclass(slots=True)
class About:
    """What is known of the work; empty where it is not. No secrets, nothing of a person."""

    request: str = ""
    """The id of the HTTP request, which its answer carries as ``x-request-id``."""
    tenant: str = ""
    charge_point: str = ""
    connector: int = 0
    session: str = ""
    effect: str = ""
    """The key of the owed effect that is performed."""
    traceparent: str = ""
    """The span that this is part of (W3C Trace Context); empty where it is not traced."""


NOTHING = About()
_ABOUT: ContextVar[About] = ContextVar("about", default=NOTHING)


def now_about() -> About:
    """What the work at hand is about."""
    return _ABOUT.get()


def now_traced() -> str:
    """The ``traceparent`` of the span at hand; empty where there is none."""
    return _ABOUT.get().traceparent


@contextmanager
def about(known: About | None = None, /, **more: Any) -> Iterator[None]:
    """Inside, the work is about this too; ``known``: about that and nothing from outside."""
    token = _ABOUT.set(replace(_ABOUT.get() if known is None else known, **more))
    try:
        yield
    finally:
        _ABOUT.reset(token)


def note(**more: Any) -> None:
    """The work is known to be about this too, until its block ends: also for who began this task,
    since it is for a request's handler that its dependencies find out who asks."""
    known = _ABOUT.get()
    if known is NOTHING:
        _ABOUT.set(About(**more))
        return
    for name, value in more.items():
        setattr(known, name, value)


def log_fields() -> dict[str, object]:
    """What a log line says of it: what is known, and the trace by its id."""
    known = _ABOUT.get()
    if known is NOTHING:
        return {}
    fields: dict[str, object] = {
        "request": known.request,
        "tenant": known.tenant,
        "charge_point": known.charge_point,
        "connector": known.connector,
        "session": known.session,
        "effect": known.effect,
        "trace": known.traceparent[3:35],
    }
    return {name: value for name, value in fields.items() if value}
