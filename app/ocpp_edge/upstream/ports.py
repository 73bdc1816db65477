"""What the parts of a link know of each other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from app.edge_messages import Deadline, MessageResult, Said
from app.ocpp_edge.calls import OutgoingCall
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.upstream.backlog import Backlog
from app.ocpp_edge.upstream.told import ToldTransactions


class Answer(Protocol):
    """Answers the charge point."""

    def __call__(self, result: MessageResult, more: Payload = ..., /) -> None:
        """By what was decided, and with what else its backend wants it to be told."""
        ...


Say = Callable[[Payload], None]
"""Answers the charge point something that was understood here, with what its backend adds."""


class Charged(Protocol):
    """The charge point."""

    def call(self, call: OutgoingCall) -> None:
        """Send it a call when its turn comes."""
        ...

    def limit(self, deadline: Deadline) -> None:
        """Stop a transaction at a moment."""
        ...


class App(Protocol):
    """The way to the app: the charge point's outbox."""

    def ask(self, said: Said, waiting: Callable[[MessageResult], None]) -> None:
        """Something to be answered; without the app, nobody calls back."""
        ...

    def put(self, said: Said) -> None:
        """Something the app must know."""
        ...


MOST_WANTED = 200


@dataclass(slots=True)
class Wanted:
    """What a backend has asked the charge point for, and what comes of it later."""

    reserved: dict[int, None] = field(default_factory=dict)
    """Reservations of its own."""
    starts: dict[int, Payload] = field(default_factory=dict)
    """By remoteStartId: the idToken that it wanted to charge (OCPP 2.0.1 F01)."""
    cards: dict[str, None] = field(default_factory=dict)
    """IdTags that it has accepted."""
    reports: dict[int, int] = field(default_factory=dict)
    """By the requestId that the charge point was given: the backend's own (OCPP 2.0.1 B07)."""


Key = TypeVar("Key")
Value = TypeVar("Value")


def remember(kept: dict[Key, Value], key: Key, value: Value) -> None:
    """Keep the newest, a bounded number of them."""
    kept.pop(key, None)
    if len(kept) >= MOST_WANTED:
        del kept[next(iter(kept))]
    kept[key] = value


@dataclass(slots=True)
class Kept:
    """What outlives a connection of the charge point."""

    url: str
    protocol: str
    backlog: Backlog
    told: ToldTransactions
    statuses: dict[int, Payload]
    wanted: Wanted = field(default_factory=Wanted)
    unclaimed: dict[int, list[Payload]] = field(default_factory=dict)
    """Events of transactions that are nobody's so far, by our number."""
