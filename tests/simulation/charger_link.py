"""A charge point's way to the edge: connect, boot, ask, answer, and all of it again."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from typing import Any

from tests.simulation.wire import Offline, Wire

ANSWER_WITHIN_S = 30.0
Payload = dict[str, Any]


class NotAnswered(Exception):
    """No answer in time, or an error."""


class ChargerLink:
    """One connection's worth of OCPP-J: one question at a time, answers to what is asked."""

    def __init__(
        self,
        wire: Wire,
        dice: random.Random,
        asked: Callable[[str, Payload], Awaitable[Payload | None]],
        spawn: Callable[[Any], asyncio.Task[Any]],
    ) -> None:
        self.wire = wire
        self._dice = dice
        self._asked = asked
        self._spawn = spawn
        self._turn = asyncio.Lock()
        self._answers: dict[str, asyncio.Future[Payload]] = {}

    async def ask(self, action: str, payload: Payload) -> Payload:
        """A call and its answer; raises ``NotAnswered`` or ``Offline``."""
        async with self._turn:
            message_id = f"{self._dice.getrandbits(64):x}"
            answer = asyncio.get_running_loop().create_future()
            self._answers[message_id] = answer
            try:
                self.wire.send(json.dumps([2, message_id, action, payload]))
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    found: Payload = await answer
                    return found
            except TimeoutError:
                raise NotAnswered(action) from None
            finally:
                del self._answers[message_id]

    async def read(self) -> None:
        """Take frames until the connection ends; raises ``Offline``."""
        try:
            while True:
                self._take(json.loads(await self.wire.recv()))
        finally:
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(Offline())

    def _take(self, frame: list[Any]) -> None:
        if frame[0] == 2:
            self._spawn(self._answer(frame[1], frame[2], frame[3]))
            return
        answer = self._answers.get(frame[1])
        if answer is None or answer.done():
            return
        if frame[0] == 3:
            answer.set_result(frame[2])
        else:
            answer.set_exception(NotAnswered(frame[2]))

    async def _answer(self, message_id: str, action: str, payload: Payload) -> None:
        answer = await self._asked(action, payload)
        if answer is None:
            return
        try:
            self.wire.send(json.dumps([3, message_id, answer]))
        except Offline:
            return
