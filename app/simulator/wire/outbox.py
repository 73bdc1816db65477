"""What waits to be sent: transaction messages, which must arrive, and notices, which may not."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app.simulator.core.parts import Parts
from app.simulator.sockets import Offline
from app.simulator.wire.link import NotAnswered
from app.simulator.wire.messages import Message, Payload

OFFLINE_PAUSE_S = 0.05
REPLAYED = 20
"""How many letters a charger that says things again says again."""


class Line(Protocol):
    """The way to the central system."""

    @property
    def registered(self) -> bool:
        """Whether messages may be sent."""
        ...

    async def until_registered(self) -> None:
        """Wait until messages may be sent."""
        ...

    async def ask(self, message: Message) -> Payload:
        """Send a request and wait for its answer; raises ``NotAnswered`` or ``Offline``."""
        ...


@dataclass(slots=True)
class Letter:
    """A transaction message on its way, kept until it is answered or given up."""

    compose: Callable[[], Message]
    """Made when it is sent: a transaction's id may be known only then."""

    answered: Callable[[Payload], None] | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that is sent once it can be; ``number`` and ``status`` of a connector's."""

    message: Message
    number: int | None = None
    status: str = ""
    answered: Callable[[Payload], None] | None = None


class Outbox:
    """Transaction messages in order, each retried as configured; notices beside them."""

    def __init__(self, parts: Parts, line: Line) -> None:
        self._parts = parts
        self._line = line
        self._letters: deque[Letter] = deque()
        self._notices: deque[Notice] = deque()
        self._said: deque[Letter] = deque(maxlen=REPLAYED)
        self.told: dict[int, str] = {}
        """The statuses that the central system is known to know."""

        self._announced: dict[int, str] = {}
        self._letter_came = asyncio.Event()
        self._notice_came = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def waiting(self) -> int:
        """How many transaction messages are not yet answered."""
        return len(self._letters)

    @property
    def online(self) -> bool:
        """Whether what is posted now is sent at once."""
        return self._line.registered

    def post(self, letter: Letter) -> None:
        """Add a transaction message; it survives lost connections and resets."""
        if self._parts.manners.does("out-of-order") and len(self._letters) > 1:
            self._letters.insert(1, letter)
        else:
            self._letters.append(letter)
        self._empty.clear()
        self._letter_came.set()

    def say_again(self) -> None:
        """Post once more what was answered already, as chargers do that lost their memory."""
        for letter in tuple(self._said):
            self.post(Letter(letter.compose))
        self._said.clear()

    def announce(self, message: Message, number: int, status: str) -> None:
        """Add a connector's status."""
        self._announced[number] = status
        self.notify(message, number=number, status=status)

    def last_status(self, number: int) -> str:
        """The status last told or waiting to be told; empty: none."""
        return self._announced.get(number, "")

    def notify(
        self,
        message: Message,
        answered: Callable[[Payload], None] | None = None,
        *,
        number: int | None = None,
        status: str = "",
    ) -> None:
        """Add a message that is sent as soon as there is a connection."""
        self._notices.append(Notice(message, number, status, answered))
        self._notice_came.set()

    def forget_statuses(self) -> None:
        """What the connectors were like while offline is of no interest any more."""
        kept = [notice for notice in self._notices if notice.number is None]
        self._notices.clear()
        self._notices.extend(kept)
        self._announced = dict(self.told)

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
            await self._line.until_registered()
            if await self._deliver(self._letters[0]):
                self._said.append(self._letters.popleft())
            if not self._letters:
                self._letter_came.clear()
                self._empty.set()
                self._parts.bell.ring()

    async def deliver_notices(self) -> None:
        """Send notices, forever; a status that is not answered is not sent again."""
        while True:
            await self._notice_came.wait()
            await self._line.until_registered()
            if self._notices:
                await self._tell(self._notices.popleft())
            else:
                self._notice_came.clear()

    async def _tell(self, notice: Notice) -> None:
        try:
            answer = await self._line.ask(notice.message)
        except (NotAnswered, Offline) as reason:
            what = notice.status or notice.message.action
            self._parts.journal.note(f"{what} was not taken: {reason}")
            if isinstance(reason, Offline) and notice.number is None:
                self._notices.append(notice)
                await asyncio.sleep(OFFLINE_PAUSE_S)
            return
        if notice.number is not None:
            self.told[notice.number] = notice.status
        if notice.answered:
            notice.answered(answer)

    async def _deliver(self, letter: Letter) -> bool:
        """Try once; True when the letter is done with."""
        message = letter.compose()
        try:
            answer = await self._line.ask(message)
        except Offline:
            # Not an attempt: the central system never had a chance. Let the uplink see it too.
            await asyncio.sleep(OFFLINE_PAUSE_S)
            return False
        except NotAnswered:
            return await self._retry_later(letter, message.action)
        if letter.answered:
            letter.answered(answer)
        return True

    async def _retry_later(self, letter: Letter, name: str) -> bool:
        letter.tries += 1
        if letter.tries >= self._parts.configuration.number("TransactionMessageAttempts"):
            self._parts.journal.note(f"{name} given up after {letter.tries} attempts")
            return True
        interval_s = self._parts.configuration.number("TransactionMessageRetryInterval")
        self._parts.journal.note(f"{name} unanswered, attempt {letter.tries}")
        await asyncio.sleep(self._parts.pace.timer_s(interval_s * letter.tries))
        return False
