"""What a backend is to be told: in order, in bounded number and size, whether it listens or not.

When there is too much, notices go first, then readings, statuses, and transactions last.
"""

import asyncio
from collections.abc import Callable
from enum import IntEnum

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


class Message:
    """One call to the backend, its payload as the charge point sent it."""

    __slots__ = ("action", "answered", "body", "connector", "kind", "sends", "transaction_id")

    def __init__(
        self,
        kind: Kind,
        action: str,
        payload: Payload,
        *,
        answered: Answered | None = None,
        connector: int = 0,
        transaction_id: int | None = None,
    ) -> None:
        self.kind = kind
        self.action = action
        self.body = orjson.dumps(payload)
        self.answered = answered
        self.connector = connector
        self.transaction_id = transaction_id
        """Ours; the backend has its own for it."""
        self.sends = 0

    def settle(self, answer: CallResult | CallError | None) -> None:
        """Tell who wanted to know; once."""
        answered, self.answered = self.answered, None
        if answered is not None:
            answered(answer)


class Backlog:
    """The messages of one charge point."""

    __slots__ = ("_bytes", "_filled", "_messages", "_most", "_most_bytes", "lost")

    def __init__(self, most: int, most_bytes: int) -> None:
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
        """At the end. Of statuses of one connector the newest is enough."""
        if message.kind is Kind.STATUS:
            for other in self._messages:
                if other.kind is Kind.STATUS and other.connector == message.connector:
                    self.remove(other)
                    break
        self._messages.append(message)
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
                return

    def give_up(self, message: Message) -> None:
        """It cannot be told."""
        self.remove(message)
        self.lost += 1
        message.settle(None)

    def has(self, kind: Kind, connector: int) -> bool:
        """Whether one of the kind waits for a connector."""
        return any(m.kind is kind and m.connector == connector for m in self._messages)

    def let_go(self, kind: Kind) -> None:
        """Of what is only of use at once, nothing is kept for later."""
        for message in [m for m in self._messages if m.kind is kind]:
            self.remove(message)
            message.settle(None)

    async def wait(self) -> None:
        """Until there is one."""
        while not self._messages:
            self._filled.clear()
            await self._filled.wait()

    def _added(self, message: Message) -> None:
        self._bytes += len(message.body)
        while len(self._messages) > self._most or self._bytes > self._most_bytes:
            self.give_up(min(self._messages, key=lambda m: m.kind))
        self._filled.set()
