"""What waits to be sent: transaction messages, which must arrive, and statuses, which may not."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from app.simulator.connector import Transaction
from app.simulator.link import Answer, Message, NotAnswered
from app.simulator.parts import Parts
from app.simulator.sockets import Offline

OFFLINE_PAUSE_S = 0.05
UNKNOWN_TRANSACTION = -1
"""What a charger calls a transaction whose start was never answered."""


class Uplink(Protocol):
    """The way to the central system."""

    async def until_registered(self) -> None:
        """Wait until messages may be sent."""
        ...

    async def ask(self, message: Message) -> Answer:
        """Send a request and wait for its answer; raises ``NotAnswered`` or ``Offline``."""
        ...


@dataclass(slots=True)
class Letter:
    """A transaction message on its way, kept until it is answered or given up."""

    message: Message
    transaction: Transaction
    answered: Callable[[Answer], None] | None = None
    tries: int = 0

    def to_send(self) -> Message:
        """The message with the transaction's id, known only once the start was answered."""
        if not hasattr(self.message, "transaction_id"):
            return self.message
        known = self.transaction.id
        return replace(self.message, transaction_id=UNKNOWN_TRANSACTION if known is None else known)


class Outbox:
    """Transaction messages in order, each retried as configured; statuses beside them."""

    def __init__(self, parts: Parts, uplink: Uplink) -> None:
        self._parts = parts
        self._uplink = uplink
        self._letters: deque[Letter] = deque()
        self._statuses: deque[Message] = deque()
        self.told: dict[int, str] = {}
        """The statuses that the central system is known to know."""

        self._letter_came = asyncio.Event()
        self._status_came = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def waiting(self) -> int:
        """How many transaction messages are not yet answered."""
        return len(self._letters)

    def post(self, letter: Letter) -> None:
        """Add a transaction message; it survives lost connections and resets."""
        self._letters.append(letter)
        self._empty.clear()
        self._letter_came.set()

    def announce(self, status: Message) -> None:
        """Add a StatusNotification."""
        self._statuses.append(status)
        self._status_came.set()

    def forget_statuses(self) -> None:
        """What the connectors were like while offline is of no interest any more."""
        self._statuses.clear()

    async def until_empty(self, timeout: float) -> bool:
        """Wait until every transaction message was answered; False if that took too long."""
        try:
            async with asyncio.timeout(timeout):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    async def deliver_letters(self) -> None:
        """Send transaction messages, forever."""
        while True:
            await self._letter_came.wait()
            await self._uplink.until_registered()
            if await self._deliver(self._letters[0]):
                self._letters.popleft()
            if not self._letters:
                self._letter_came.clear()
                self._empty.set()
                self._parts.bell.ring()

    async def deliver_statuses(self) -> None:
        """Send statuses, forever; one that is not answered is not sent again."""
        while True:
            await self._status_came.wait()
            await self._uplink.until_registered()
            if self._statuses:
                status = self._statuses.popleft()
                try:
                    await self._uplink.ask(status)
                    self.told[status.connector_id] = status.status
                except (NotAnswered, Offline) as reason:
                    self._parts.journal.note(f"status {status.status} was not taken: {reason}")
            else:
                self._status_came.clear()

    async def _deliver(self, letter: Letter) -> bool:
        """Try once; True when the letter is done with."""
        try:
            answer = await self._uplink.ask(letter.to_send())
        except Offline:
            # Not an attempt: the central system never had a chance. Let the uplink see it too.
            await asyncio.sleep(OFFLINE_PAUSE_S)
            return False
        except NotAnswered:
            return await self._retry_later(letter)
        if letter.answered:
            letter.answered(answer)
        return True

    async def _retry_later(self, letter: Letter) -> bool:
        letter.tries += 1
        name = type(letter.message).__name__
        if letter.tries >= self._parts.configuration.number("TransactionMessageAttempts"):
            self._parts.journal.note(f"{name} given up after {letter.tries} attempts")
            return True
        interval_s = self._parts.configuration.number("TransactionMessageRetryInterval")
        self._parts.journal.note(f"{name} unanswered, attempt {letter.tries}")
        await asyncio.sleep(self._parts.pace.timer_s(interval_s * letter.tries))
        return False
