"""What goes over the line: requests with their names, answers and refusals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

Payload = dict[str, Any]


class Message(NamedTuple):
    """A request of the charger, in the words of the wire."""

    action: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to the central system, and what follows once it is on its way."""

    payload: Payload
    deed: Callable[[], object] | None = None


def status(value: str, deed: Callable[[], object] | None = None) -> Reply:
    """The commonest answer."""
    return Reply({"status": value}, deed)


class Refused(Exception):
    """A command that is answered with a CallError."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code, text)
        self.code, self.text = code, text


def present(**fields: Any) -> Payload:
    """A payload without what is not known."""
    return {name: value for name, value in fields.items() if value is not None}
