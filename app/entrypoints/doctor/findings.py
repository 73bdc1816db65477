"""What a look has found: one sentence of what is seen, one of what to do."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``do`` is empty where nothing has to be done."""

    check: str
    state: State
    seen: str
    do: str = ""


def ok(check: str, seen: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", seen)


def warning(check: str, seen: str, do: str) -> Finding:
    """It works, and may not for long, or less well than it could."""
    return Finding(check, "warning", seen, do)


def problem(check: str, seen: str, do: str) -> Finding:
    """Something does not work."""
    return Finding(check, "problem", seen, do)


def most(names: list[str], shown: int = 5) -> str:
    """The first of many, in a sentence."""
    left = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {left} more" if left > 0 else "")
