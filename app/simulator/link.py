"""One connection's worth of OCPP: reading, asking, answering, on the ``ocpp`` package."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any, TypeVar, cast

from ocpp import messages
from ocpp.exceptions import OCPPError
from ocpp.routing import on
from ocpp.v16 import ChargePoint

from app.simulator.journal import CALL, RECEIVED, SENT, Journal
from app.simulator.settings import Behaviour
from app.simulator.sockets import Offline, Socket

# Validation in a thread pool costs more than the validation.
messages.ASYNC_VALIDATION = False

logger = logging.getLogger(__name__)
frames = logging.getLogger(f"{__name__}.frames")
frames.setLevel(logging.CRITICAL)  # the journal keeps them; the package logs each at INFO

Message = Any
"""A dataclass of ``ocpp.v16.call``; the package is untyped."""

Answer = Any
"""A dataclass of ``ocpp.v16.call_result``."""

Handler = TypeVar("Handler", bound=Callable[..., Any])


class NotAnswered(Exception):
    """No answer in time, or one that is an error or unreadable."""


def answers(action: Any) -> Callable[[Handler], Handler]:
    """The package's ``on``, typed."""
    return cast("Callable[[Handler], Handler]", on(action))


class Link(ChargePoint):  # type: ignore[misc]  # ocpp is untyped
    """The package's charge point, with its traps avoided.

    Its reading loop dies of a malformed frame, its ``call`` outlives the connection, and asking
    inside a handler deadlocks: so frames are read here, ``ask`` ends with the connection, and a
    handler leaves what follows from its answer in ``deeds``.
    """

    def __init__(
        self,
        identity: str,
        socket: Socket,
        *,
        journal: Journal,
        behaviour: Behaviour,
        answer_timeout_s: float,
    ) -> None:
        super().__init__(identity, socket, response_timeout=answer_timeout_s, logger=frames)
        self.socket = socket
        self.journal = journal
        self.behaviour = behaviour
        self.deeds: list[Callable[[], None]] = []
        self.closed = asyncio.get_running_loop().create_future()

    async def read(self) -> None:
        """Handle frames until the connection ends."""
        try:
            while True:
                await self._receive(await self.socket.recv())
        except Offline:
            pass
        finally:
            self.journal.forget_questions()
            self.closed.cancel()

    async def ask(self, message: Message) -> Answer:
        """Send a request and wait for its answer; raises ``NotAnswered`` or ``Offline``."""
        if self.closed.done():
            raise Offline("the connection has ended")
        question = asyncio.ensure_future(self.call(message, suppress=False))
        try:
            await asyncio.wait({question, self.closed}, return_when=asyncio.FIRST_COMPLETED)
            if not question.done():
                raise Offline("the connection ended before the answer")
            return question.result()
        except (TimeoutError, OCPPError, TypeError) as error:
            raise NotAnswered(str(error)) from error
        finally:
            question.cancel()

    async def _receive(self, text: str) -> None:
        self.journal.frame(RECEIVED, text)
        if self._is_ignored(_kind(text)):
            return
        try:
            await self.route_message(text)
        except Offline:
            raise
        except Exception:
            logger.exception("%s: cannot handle %s", self.id, text[:200])

    def _is_ignored(self, kind: object) -> bool:
        """A call when told to be silent; an answer that nobody waits for.

        The package would keep such answers and fail on them all at the next question.
        """
        if kind == CALL:
            return self.behaviour.never_answers
        return not self._call_lock.locked()

    async def _handle_call(self, msg: Any) -> Any:
        self.deeds.clear()
        answer = await super()._handle_call(msg)
        for deed in self.deeds:
            deed()
        return answer

    async def _send(self, message: str) -> None:
        self.journal.frame(SENT, message)
        await self.socket.send(message)


def _kind(text: str) -> object:
    try:
        frame = json.loads(text)
    except ValueError:
        return None
    return frame[0] if isinstance(frame, list) and frame else None
