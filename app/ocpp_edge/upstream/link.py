"""The link of one charge point to a backend: kept up, and the backlog sent over it in order.

One call is outstanding at a time (OCPP-J 1.6 §4.1.1). A message leaves the backlog when it is
answered, so that a link that is lost, or a backend that is slow, loses nothing.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import orjson
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from app.charging.ports import Chance, Clock
from app.edge_messages import Upstream
from app.ocpp_edge import frames
from app.ocpp_edge.errors import ErrorCode
from app.ocpp_edge.frames import Call, CallError, CallResult, Malformed, Payload
from app.ocpp_edge.upstream.backlog import Backlog, Kind, Message
from app.ocpp_edge.upstream.door import Door, NotLetIn
from app.ocpp_edge.upstream.settings import UpstreamSettings

log = logging.getLogger(__name__)

Reply = Callable[[bytes], None]
Hears = Callable[[Call, Reply], bytes | None]
"""A call of the backend's: its answer, or None when that comes later."""


class Speaker(Protocol):
    """The charge point, as far as the link speaks for it."""

    def greet(self) -> Payload | None:
        """Its BootNotification; None where that is not known."""
        ...

    def greeted(self) -> None:
        """The backend has taken the charge point in."""
        ...

    def write(self, message: Message) -> Payload | None:
        """What a message says by now; None when it cannot be said."""
        ...

    def answered(self, message: Message, answer: CallResult | CallError) -> None:
        """The backend has answered a message."""
        ...

    def given_up(self, message: Message) -> None:
        """A message could not be told."""
        ...

    def changed(self) -> None:
        """The link is up, or down, or its backlog is another."""
        ...


class Link:
    """One link; `run` is its task."""

    def __init__(
        self,
        upstream: Upstream,
        subprotocol: str,
        backlog: Backlog,
        door: Door,
        settings: UpstreamSettings,
        clock: Clock,
        chance: Chance,
        speaker: Speaker,
        hears: Hears,
    ) -> None:
        self._upstream = upstream
        self._subprotocol = subprotocol
        self._backlog = backlog
        self._door = door
        self._settings = settings
        self._clock = clock
        self._chance = chance
        self._speaker = speaker
        self._hears = hears
        self._socket: ClientConnection | None = None
        self._replies: set[asyncio.Task[None]] = set()
        self._count = 0
        self._prefix = chance.token_bytes(4).hex()
        self._about: Message | None = None
        self._asked: set[str] = set()
        self._answer: asyncio.Future[CallResult | CallError] | None = None
        self._heartbeat_s = settings.heartbeat_s
        self.booted = asyncio.Event()
        """Set when the charge point has told what it is."""
        self.is_open = False
        """Whether the backend has taken the charge point in."""
        self.error = ""

    async def run(self) -> None:
        """Connect, for ever."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.greeting_wait_s):
                await self.booted.wait()
        failures = 0
        while True:
            began = self._now()
            try:
                await self._once()
            except NotLetIn as error:
                self._is_down(str(error))
            except ConnectionClosed:
                self._is_down(self.error or "it closes the connection")
            except Exception:
                log.exception("a link to an upstream failed")
                self._is_down("something failed here")
            failures = 0 if self._now() - began >= self._settings.steady_s else failures + 1
            await self._clock.sleep(self._wait_s(failures))

    async def _once(self) -> None:
        socket = await self._door.open(self._upstream, self._subprotocol)
        self._socket = socket
        sending = asyncio.ensure_future(self._send_all(socket))
        try:
            await self._read(socket)
        finally:
            self._socket = None
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            self.is_open = False
            with suppress(Exception):
                await socket.close()

    def _is_down(self, error: str) -> None:
        self.is_open, self.error = False, error
        self._backlog.let_go(Kind.ASK)
        self._backlog.let_go(Kind.NOTICE)
        self._backlog.release()
        self._speaker.changed()

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _wait_s(self, failures: int) -> float:
        settings = self._settings
        doubled = settings.retry_s * 2.0 ** min(max(failures - 1, 0), 20)
        return min(doubled, settings.retry_at_most_s) * (0.5 + self._chance.below(500) / 1000)

    # --- what it says ------------------------------------------------------------------------

    async def _read(self, socket: ClientConnection) -> None:
        """What is not an answer that is waited for comes at a measured pace."""
        allowed, at = float(self._settings.burst), self._now()
        while True:
            message = frames.read(bytes(await socket.recv(decode=False)))
            if isinstance(message, CallResult | CallError) and self._is_awaited(message):
                await asyncio.sleep(0)  # what follows from it comes before what comes next
                continue
            now = self._now()
            allowed += max(now - at, 0.0) * self._settings.frames_per_s
            allowed, at = min(allowed, float(self._settings.burst)) - 1, now
            if allowed < 0:
                await self._clock.sleep(1 / self._settings.frames_per_s)
            answer = self._take(message)
            if answer is not None:
                await socket.send(answer, text=True)

    def _is_awaited(self, answer: CallResult | CallError) -> bool:
        waiting = self._answer
        if waiting is None or waiting.done() or str(answer.id) not in self._asked:
            return False
        waiting.set_result(answer)
        return True

    def _take(self, message: frames.Message) -> bytes | None:
        if isinstance(message, Call):
            if not self.is_open:
                return frames.write_error(message.id, ErrorCode.GENERIC_ERROR, "not booted yet")
            return self._hears(message, self._reply)
        if isinstance(message, Malformed) and message.id is not None:
            return frames.write_error(message.id, ErrorCode.FORMATION_VIOLATION, message.reason)
        return None

    def _reply(self, frame: bytes) -> None:
        """An answer that comes later; the connection may be another by then."""
        socket = self._socket
        if socket is None:
            return
        task = asyncio.ensure_future(_send(socket, frame))
        self._replies.add(task)
        task.add_done_callback(self._replies.discard)

    # --- what it is told ---------------------------------------------------------------------

    async def _send_all(self, socket: ClientConnection) -> None:
        try:
            await self._be_taken_in(socket)
            if self.is_open:
                await self._send_for_ever(socket)
        except asyncio.CancelledError:
            raise
        except ConnectionClosed:
            pass
        except Exception:
            log.exception("an upstream could not be told")
        await socket.close()

    async def _be_taken_in(self, socket: ClientConnection) -> None:
        """BootNotification until it is accepted (OCPP 1.6 §4.2)."""
        while True:
            greeting = self._speaker.greet()
            answer = None
            if greeting is not None:
                answer = await self._call(socket, "BootNotification", greeting)
            payload = answer.payload if isinstance(answer, CallResult) else {}
            self._heartbeat_s = self._interval_s(payload.get("interval"))
            if greeting is None or payload.get("status") == "Accepted":
                break
            if answer is None:
                self.error = "it does not answer"
                return
            self.error = "it has not accepted the charge point"
            self._speaker.changed()
            await self._clock.sleep(self._heartbeat_s)
        self.is_open, self.error = True, ""
        self._speaker.greeted()
        self._speaker.changed()

    def _interval_s(self, told: object) -> float:
        if type(told) is not int or not 0 < told <= 24 * 3600:
            return self._settings.heartbeat_s
        return max(float(told), self._settings.heartbeat_at_least_s)

    async def _send_for_ever(self, socket: ClientConnection) -> None:
        silent = 0
        while silent < self._settings.silent_closes:
            message = self._backlog.first()
            if message is None:
                try:
                    async with asyncio.timeout(self._heartbeat_s):
                        await self._backlog.wait()
                except TimeoutError:
                    answer = await self._call(socket, "Heartbeat", {})
                    silent = 0 if answer is not None else silent + 1
                continue
            payload = self._speaker.write(message)
            if payload is None:
                self._give_up(message)
                continue
            answer = await self._call(socket, message.action, payload, message)
            silent = 0 if answer is not None else silent + 1
            if answer is not None:
                self._backlog.remove(message)
                self._speaker.answered(message, answer)
                self._speaker.changed()
                continue
            message.silences += 1
            if message.silences >= self._settings.sends:
                log.warning("an upstream takes no %s; it is given up", message.action[:50])
                self._give_up(message)
        self.error = "it does not answer"

    def _give_up(self, message: Message) -> None:
        self._backlog.give_up(message)
        self._speaker.given_up(message)

    async def _call(
        self, socket: ClientConnection, action: str, payload: Payload, about: Message | None = None
    ) -> CallResult | CallError | None:
        """The answer; None without one in time. A late answer to the same message counts."""
        self._count += 1
        message_id = f"{self._prefix}-{self._count}"
        if about is None or about is not self._about:
            self._asked = set()
        self._about = about
        self._asked.add(message_id)
        self._answer = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._settings.answer_timeout_s):
                await socket.send(frames.write_call(message_id, action, payload), text=True)
                return await self._answer
        except TimeoutError:
            return None
        finally:
            self._answer = None


async def _send(socket: ClientConnection, frame: bytes) -> None:
    with suppress(ConnectionClosed):
        await socket.send(frame, text=True)


def payload_of(message: Message) -> Payload:
    """The payload as it was put in."""
    payload: Payload = orjson.loads(message.body)
    return payload
