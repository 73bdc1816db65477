"""One connection's worth of OCPP-J: reading, asking one question at a time, answering."""

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.simulator.core.tasks import Tasks
from app.simulator.journal import CALL, ERROR, RECEIVED, RESULT, SENT, Journal
from app.simulator.manners.quirks import Manners
from app.simulator.settings import Behaviour
from app.simulator.sockets import Offline, Socket
from app.simulator.wire.messages import Message, Payload, Refused, Reply

logger = logging.getLogger(__name__)

Answer = Callable[[str, Payload], Reply]
"""Answers a command by name; may raise ``Refused``."""

Measured = Callable[[str, float], None]
"""Hears how many seconds the answer to an action took; less than 0: there was none."""

UNANSWERED = -1.0


class NotAnswered(Exception):
    """No answer in time, or one that is an error or unreadable."""


@dataclass(slots=True)
class Ends:
    """What a link needs of its charger."""

    answer: Answer
    journal: Journal
    behaviour: Behaviour
    manners: Manners
    tasks: Tasks
    answer_timeout_s: float
    malformed: str
    """The error code for what is no call."""

    measured: Measured | None = None


class Link:
    """A standing connection. ``ask`` ends with it, and a deed follows the answer it belongs to."""

    __slots__ = ("_asking", "_ends", "_open", "closed", "identity", "socket")

    def __init__(self, identity: str, socket: Socket, ends: Ends) -> None:
        self.identity = identity
        self.socket = socket
        self._ends = ends
        self._asking = asyncio.Lock()
        self._open: dict[str, asyncio.Future[Payload]] = {}
        self.closed = False

    async def read(self) -> None:
        """Handle frames until the connection ends."""
        try:
            while True:
                await self._receive(await self.socket.recv())
        except Offline:
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Nobody will be answered any more."""
        self.closed = True
        self._ends.journal.forget_questions()
        for waiting in self._open.values():
            if not waiting.done():
                waiting.set_exception(Offline("the connection ended before the answer"))
                waiting.exception()  # whoever waits hears of it; nobody else has to

    async def ask(self, message: Message) -> Payload:
        """Send a request and wait for its answer; raises ``NotAnswered`` or ``Offline``."""
        if self._ends.manners.does("two-in-flight"):
            self._ends.tasks.spawn(self._blurt(Message("Heartbeat", {})))
            return await self._ask(message)
        async with self._asking:
            return await self._ask(message)

    async def _blurt(self, message: Message) -> None:
        try:
            await self._ask(message)
        except (NotAnswered, Offline):
            return

    async def _ask(self, message: Message) -> Payload:
        if self.closed:
            raise Offline("the connection has ended")
        unique_id = str(uuid.uuid4())
        waiting: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()
        self._open[unique_id] = waiting
        payload = self._ends.manners.outgoing(message.action, message.payload)
        began = time.perf_counter()
        try:
            await self._send([CALL, unique_id, message.action, payload])
            async with asyncio.timeout(self._ends.answer_timeout_s):
                answer = await waiting
        except (TimeoutError, NotAnswered) as error:
            if self._ends.measured:
                self._ends.measured(message.action, UNANSWERED)
            if isinstance(error, NotAnswered):
                raise
            raise NotAnswered(f"no answer in {self._ends.answer_timeout_s:g} s") from None
        finally:
            self._open.pop(unique_id, None)
        if self._ends.measured:
            self._ends.measured(message.action, time.perf_counter() - began)
        return answer

    async def _receive(self, text: str) -> None:
        self._ends.journal.frame(RECEIVED, text)
        try:
            frame = json.loads(text)
            kind, unique_id = frame[0], frame[1]
        except (ValueError, TypeError, LookupError):
            return
        if kind == CALL and not self._ends.behaviour.never_answers:
            await self._answer(str(unique_id), frame)
        elif kind in (RESULT, ERROR) and isinstance(unique_id, str):
            self._hear(kind, unique_id, frame)

    def _hear(self, kind: int, unique_id: str, frame: list[Any]) -> None:
        waiting = self._open.get(unique_id)
        if waiting is None or waiting.done():
            return
        if kind == RESULT and len(frame) > 2 and isinstance(frame[2], dict):
            waiting.set_result(frame[2])
        else:
            waiting.set_exception(NotAnswered(" ".join(str(part) for part in frame[2:4])))

    async def _answer(self, unique_id: str, frame: list[Any]) -> None:
        deed = None
        try:
            if len(frame) < 4 or not isinstance(frame[2], str) or not isinstance(frame[3], dict):
                raise Refused(self._ends.malformed, "not a call")
            self._ends.manners.refuse(frame[2])
            reply = self._ends.answer(frame[2], frame[3])
            answer: list[Any] = [RESULT, unique_id, reply.payload]
            deed = reply.deed
        except Refused as refusal:
            answer = self._ends.manners.error(unique_id, refusal.code, refusal.text)
        except Exception:
            logger.exception("%s: cannot do what %.200s asks", self.identity, frame)
            answer = [ERROR, unique_id, "InternalError", "", {}]
        if delay_s := self._ends.manners.answer_delay_s:
            self._ends.tasks.spawn(self._later(delay_s, answer, deed))
            return
        await self._send(answer)
        if deed:
            deed()

    async def _later(
        self, delay_s: float, answer: list[Any], deed: Callable[[], object] | None
    ) -> None:
        await asyncio.sleep(delay_s)
        try:
            await self._send(answer)
        except Offline:
            return
        if deed:
            deed()

    async def _send(self, frame: list[Any]) -> None:
        text = json.dumps(frame, separators=(",", ":"))
        self._ends.journal.frame(SENT, text)
        await self.socket.send(self._ends.manners.frame(text))
