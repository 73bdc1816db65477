"""Live pages, and what the app leaves for an edge instance."""

from typing import Protocol

from msgspec import Struct, field

from app.edge_messages.connecting import Command, Deadline, FrameLogging


class Watch(Struct, frozen=True):
    """A browser on the edge's live socket asks to follow a session with its token."""

    instance: str
    queue: str
    token: str


class Watching(Struct, frozen=True):
    """Who may be followed, and the view to begin with."""

    tenant: str
    session: str
    valid_for_s: int
    view: dict[str, object] = field(default_factory=dict)
    sequence: int = 0
    """The view's place among the `SessionNotice`s of the session; 0 when it is not known."""


class SessionNotice(Struct, frozen=True, tag="session"):
    """A session has changed; may be lost, the page reads again on connect."""

    tenant: str
    session: str
    sequence: int
    view: dict[str, object]


class Kick(Struct, frozen=True, tag="kick"):
    """A newer connection speaks for this charge point: close the older one.

    ``epoch`` is the newer connection's: an edge closes what it holds with a lower one.
    """

    tenant: str
    charge_point: str
    epoch: int


class DeadlineMoved(Struct, frozen=True, tag="deadline"):
    """A budget has changed while energy flows (a top-up): hold this deadline from now on.

    May be lost; the answer to the next reading says the same.
    """

    tenant: str
    charge_point: str
    epoch: int
    deadline: Deadline


class ReadingsWanted(Struct, frozen=True, tag="wanted"):
    """Somebody has begun to watch: send what is held, and the next reading, at once.

    May be lost; the next bundle comes all the same.
    """

    tenant: str
    charge_point: str
    epoch: int


class FramesWanted(Struct, frozen=True, tag="frames_wanted"):
    """The owner wants to read what is said. May be lost; the answer to connect says the same."""

    tenant: str
    charge_point: str
    epoch: int
    logging: FrameLogging


BusMessage = Command | SessionNotice | Kick | DeadlineMoved | ReadingsWanted | FramesWanted
"""What the app sends to an edge instance over the command bus; at least once, in no order."""


class CommandBus(Protocol):
    """From the app to the edge instances: a queue for each, at least once, unordered."""

    async def send(self, queue: str, message: BusMessage) -> None:
        """Leave a message for the instance that reads this queue. Losing it loses nothing."""
        ...

    async def receive(self, queue: str) -> tuple[BusMessage, ...]:
        """Wait for the next messages of a queue; returns at least one."""
        ...
