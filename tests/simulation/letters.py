"""A charge point's transaction messages: kept, sent in order, tried again, at last given up."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.charger_link import ChargerLink, NotAnswered, Payload
from tests.simulation.plug import Transaction
from tests.simulation.quirks import Quirks
from tests.simulation.wire import Offline

ATTEMPTS = 5
RETRY_S = 30.0


@dataclass(slots=True)
class Letter:
    """A message of a transaction: it must arrive, in order."""

    action: str
    payload: Payload
    transaction: Transaction
    tries: int = 0


class Letters:
    """Those of one charge point. ``started`` hears the answer to a start."""

    def __init__(
        self,
        dice: random.Random,
        quirks: Quirks,
        name: str,
        note: Callable[[str], None],
        started: Callable[[Transaction, Payload], None],
    ) -> None:
        self.link: ChargerLink | None = None
        self.stops_given_up = 0
        self._dice, self._quirks, self._name = dice, quirks, name
        self._note, self._started = note, started
        self._waiting: deque[Letter] = deque()
        self._news = asyncio.Event()

    def post(self, letter: Letter) -> None:
        """One more; it outlives connections."""
        self._waiting.append(letter)
        self._news.set()

    def connected(self, link: ChargerLink) -> None:
        """From now on they go this way."""
        self.link = link
        self._news.set()

    async def deliver(self) -> None:
        """Send them, for ever."""
        while True:
            await self._news.wait()
            if not self._waiting or self.link is None:
                self._news.clear()
            elif await self._deliver(self._waiting[0], self.link):
                self._waiting.popleft()

    async def _deliver(self, letter: Letter, link: ChargerLink) -> bool:
        """True when it is done with."""
        payload = self._named(letter)
        try:
            answer = await link.ask(letter.action, payload)
            if self._dice.random() < self._quirks.repeats:
                answer = await link.ask(letter.action, payload)
        except Offline:
            if self.link is link:
                self.link = None
            return False
        except NotAnswered:
            return await self._try_later(letter)
        if letter.action == "StartTransaction":
            self._started(letter.transaction, answer)
        return True

    async def _try_later(self, letter: Letter) -> bool:
        letter.tries += 1
        if letter.tries >= ATTEMPTS and self._quirks.gives_up:
            self._note(f"{self._name} gives {letter.action} up")
            self.stops_given_up += letter.action == "StopTransaction"
            return True
        await asyncio.sleep(RETRY_S * min(letter.tries, ATTEMPTS))
        return False

    def _named(self, letter: Letter) -> Payload:
        """The message with its transaction's id, which comes with the answer to the start."""
        payload = dict(letter.payload)
        if letter.action == "StartTransaction":
            return payload
        if letter.action == "StopTransaction" or not self._quirks.reads_without_id:
            known = None if self._quirks.stops_with_zero else letter.transaction.id
            payload["transactionId"] = -1 if known is None else known
        return payload
