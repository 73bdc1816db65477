"""What a backend is to be told: in order, in bounded number and size, whether it listens or not.

When there is too much, notices go first, then readings, statuses, and transactions last.
"""

import asyncio
from collections.abc import Callable
from enum import Enum, IntEnum, auto

import orjson

from app.ocpp_edge.frames import CallError, CallResult, Payload

Answered = Callable[[CallResult | CallError | None], None]
"""Called once: with the answer, or None when it was given up."""


class Kind(IntEnum):
    """In the order in which they are let go."""

    NOTICE = 0
    READINGS = 1
    STATUS = 2
    TRANSACTION = 3
    ASK = 4
    """Somebody waits for the answer; taken out by whoever put it in."""


class Step(Enum):
    """What a message means for the transaction that it is about."""

    START = auto()
    """The backend decides over the transaction by its answer, if that is its own."""
    GOES_ON = auto()
    END = auto()


class Message:
    """One call to the backend, its payload as the charge point sent it."""

    __slots__ = (
        "action",
        "answered",
        "body",
        "connector",
        "kind",
        "order",
        "silences",
        "step",
        "transaction_id",
    )

    def __init__(
        self,
        kind: Kind,
        action: str,
        payload: Payload,
        *,
        answered: Answered | None = None,
        connector: int = 0,
        transaction_id: int | None = None,
        step: Step = Step.GOES_ON,
        order: tuple[int, str] | None = None,
    ) -> None:
        self.kind = kind
        self.action = action
        self.body = orjson.dumps(payload)
        self.answered = answered
        self.connector = connector
        self.transaction_id = transaction_id
        """Ours; the backend may have its own for it."""
        self.step = step
        self.order = order
        """The number of an event and its time, where events are numbered (OCPP 2.0.1 E01)."""
        self.silences = 0
        """So often it was sent in vain over a link that held."""

    def precedes(self, other: "Message") -> bool:
        """Whether it is an earlier event of the same transaction, by number and by time."""
        if self.order is None or other.order is None:
            return False
        if self.transaction_id != other.transaction_id:
            return False
        return self.order[0] < other.order[0] and self.order[1] <= other.order[1]

    def settle(self, answer: CallResult | CallError | None) -> None:
        """Tell who wanted to know; once."""
        answered, self.answered = self.answered, None
        if answered is not None:
            answered(answer)


class Room:
    """What all backlogs of an edge have together."""

    __slots__ = ("lost", "most_bytes", "used_bytes")

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.used_bytes = 0
        self.lost = 0
        """So many messages were let go."""

    @property
    def is_scarce(self) -> bool:
        """Whether whoever adds must let go of what is only nice to know."""
        return self.used_bytes > self.most_bytes


class Backlog:
    """The messages of one charge point."""

    __slots__ = ("_bytes", "_filled", "_messages", "_most", "_most_bytes", "_room", "lost")

    def __init__(self, most: int, most_bytes: int, room: Room | None = None) -> None:
        self._room = room or Room(most_bytes)
        self._messages: list[Message] = []
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._filled = asyncio.Event()
        self.lost = 0
        """So many were let go."""

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: Message) -> None:
        """At the end; an event that comes late, in its place. Of statuses of one connector the
        newest is enough."""
        if message.kind is Kind.STATUS:
            for other in self._messages:
                if other.kind is Kind.STATUS and other.connector == message.connector:
                    self.remove(other)
                    break
        position = len(self._messages)
        while position > 1 and message.precedes(self._messages[position - 1]):
            position -= 1  # the first may be under way
        self._messages.insert(position, message)
        self._added(message)

    def put_first(self, message: Message) -> None:
        """Before all others."""
        self._messages.insert(0, message)
        self._added(message)

    def first(self) -> Message | None:
        """The next one; it stays until it is removed."""
        return self._messages[0] if self._messages else None

    def remove(self, message: Message) -> None:
        """It was told, or nobody waits for it any more."""
        for position, other in enumerate(self._messages):
            if other is message:
                del self._messages[position]
                self._bytes -= len(message.body)
                self._room.used_bytes -= len(message.body)
                return

    def give_up(self, message: Message) -> None:
        """It cannot be told."""
        self.remove(message)
        self.lost += 1
        self._room.lost += 1
        message.settle(None)

    def has(self, kind: Kind, connector: int) -> bool:
        """Whether one of the kind waits for a connector."""
        return any(m.kind is kind and m.connector == connector for m in self._messages)

    def let_go(self, kind: Kind) -> None:
        """Of what is only of use at once, nothing is kept for later."""
        for message in [m for m in self._messages if m.kind is kind]:
            self.remove(message)
            message.settle(None)

    def release(self) -> None:
        """Nobody waits any longer for what the backend says; it is told all the same, later."""
        for message in tuple(self._messages):
            message.settle(None)

    def close(self) -> None:
        """It is forgotten, with all that is in it."""
        self._room.used_bytes -= self._bytes
        self._messages, self._bytes = [], 0

    async def wait(self) -> None:
        """Until there is one."""
        while not self._messages:
            self._filled.clear()
            await self._filled.wait()

    def _added(self, message: Message) -> None:
        self._bytes += len(message.body)
        self._room.used_bytes += len(message.body)
        while self._is_full or (self._room.is_scarce and self._messages):
            least = min(self._messages, key=lambda m: m.kind)
            if least.kind >= Kind.TRANSACTION and not self._is_full:
                break
            self.give_up(least)
        self._filled.set()

    @property
    def _is_full(self) -> bool:
        return len(self._messages) > self._most or self._bytes > self._most_bytes
