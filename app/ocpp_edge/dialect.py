"""What a protocol version gives the edge: OCPP's words in, `edge_messages` out, and back.

A dialect (`v16`, `v201`) knows payloads; it knows nothing of sockets, queues or the app.
"""

from collections.abc import Callable, Container
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct

from app.edge_messages import Command, MessageResult, Said, Setting
from app.ocpp_edge.errors import ErrorCode
from app.ocpp_edge.frames import Payload
from app.operations import Stop

if TYPE_CHECKING:
    from app.ocpp_edge.portions import Portioned


class Context(Protocol):
    """What a translation may know of the charge point that speaks."""

    @property
    def heartbeat_interval_s(self) -> int:
        """What to tell it at boot."""
        ...

    def now(self) -> datetime:
        """The present moment, UTC."""
        ...

    def moment(self, value: object) -> datetime:
        """A timestamp as the charge point wrote it; something sane whatever it is."""
        ...

    def register_wh(self, transaction_id: int) -> int | None:
        """The last register value it told of a transaction."""
        ...

    def connector_of(self, transaction_id: int) -> int:
        """Where a transaction runs, as far as the app has told; 0 where it has not."""
        ...

    def new_transaction_id(self) -> int:
        """A random one, never 0."""
        ...

    def noticed(self, kind: str) -> None:
        """A soft error: accepted, and counted for the owner to see."""
        ...

    def puzzled(self, kind: str) -> None:
        """A soft error of which something was lost: the frame is kept for the owner to read."""
        ...


class Answered(Struct, frozen=True):
    """Answered locally and at once; what was said goes to the app afterwards."""

    payload: Payload
    said: Said | None = None
    also: tuple[Said, ...] = ()
    """Said in the same breath (OCPP 2.0.1: an event about a transaction tells of its EVSE too)."""


class Asked(Struct, frozen=True):
    """Answered only after the app has saved what was said, by what the app decided."""

    said: Said
    answer: Callable[[MessageResult, Context], Payload]
    also: tuple[Said, ...] = ()
    """Goes to the app behind it; nobody waits for that."""


class Request(Struct, frozen=True):
    """A call to the charge point."""

    action: str
    payload: Payload


class Outcome(Struct, frozen=True):
    """What a charge point's answer to a command means."""

    outcome: Literal["accepted", "rejected", "unknown"]
    detail: str = ""
    result: dict[str, object] = {}
    read_only: tuple[str, ...] = ()
    """Of configuration keys: those that cannot be changed."""


class Dialect(Protocol):
    """One version of OCPP."""

    protocol: str
    """As it is offered at the handshake: ``ocpp1.6``."""

    @property
    def actions(self) -> Container[str]:
        """What a charge point may call, as the standard spells it."""
        ...

    def spelt(self, action: str) -> str:
        """An action as the standard spells it, where only capitals or blanks differ."""
        ...

    def receive(self, action: str, payload: Payload, context: Context) -> Answered | Asked:
        """Understand a call. Raises `CallRefused`."""
        ...

    def is_durable(self, action: str) -> bool:
        """Whether a call must never be answered with an error of ours."""
        ...

    def ends(self, action: str, payload: Payload) -> bool | None:
        """Whether a call, whatever is wrong with it, tells the end of a transaction: it is never
        refused. None: that cannot be told."""
        ...

    def error_word(self, code: ErrorCode) -> str:
        """An error code as this version spells it."""
        ...

    def request(self, command: Command) -> Request:
        """The call that carries a command. Raises `BadInput` when it cannot be expressed."""
        ...

    def portioned(self, request: Request) -> "Portioned | None":
        """How a call is sent that may be more than the charge point takes at once."""
        ...

    def outcome(self, command: Command, payload: Payload) -> Outcome | None:
        """What the charge point's answer to a command means. None: it is said later, by a call of
        its own that tells the `CommandOutcome` (OCPP 2.0.1: reports)."""
        ...

    def stop(self, transaction: Stop) -> Request:
        """The call that stops a transaction."""
        ...

    def set(self, setting: Setting) -> Request:
        """The call that sets one configuration key."""
        ...

    def was_set(self, payload: Payload) -> str:
        """What the charge point answered to `set`, in OCPP's word."""
        ...
