"""What the parts of a link know of each other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app.edge_messages import Deadline, MessageResult, Said
from app.ocpp_edge.calls import OutgoingCall
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.upstream.backlog import Backlog
from app.ocpp_edge.upstream.told import ToldTransactions

Answer = Callable[[MessageResult], None]


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

    def ask(self, said: Said, waiting: Answer) -> None:
        """Something to be answered; without the app, nobody calls back."""
        ...

    def put(self, said: Said) -> None:
        """Something the app must know."""
        ...


@dataclass(slots=True)
class Kept:
    """What outlives a connection of the charge point."""

    url: str
    backlog: Backlog
    told: ToldTransactions
    statuses: dict[int, Payload]
