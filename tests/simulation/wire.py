"""A websocket without a socket: frames in order with some delay, until it is cut or goes dark."""

import asyncio
import random
from collections import deque
from http import HTTPStatus

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError
from websockets.http11 import Response
from websockets.typing import Subprotocol

from app.ocpp_edge.connection import EdgeConnection
from tests.simulation.faults import Trouble

DELAY_S = (0.005, 0.08)
NOTICED_S = (0.01, 0.5)


class Offline(Exception):
    """There is no connection, or it ended."""


class Wire:
    """Both ends of one connection. The charge point's end is this one, the edge's ``edge_end``."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, dice: random.Random, trouble: Trouble
    ) -> None:
        self.loop = loop
        self.dice = dice
        self.trouble = trouble
        self.is_open = True
        self.is_dark = False
        """Nothing gets through any more, and neither end has noticed."""
        self.frames: deque[str] = deque()
        self.waiting: asyncio.Future[None] | None = None
        self.edge_end = MemoryConnection(self)
        self._last_up_s = self._last_down_s = 0.0

    async def recv(self) -> str:
        """The next frame from the edge; raises ``Offline``."""
        while not self.frames:
            if not self.is_open:
                raise Offline
            self.waiting = self.loop.create_future()
            await self.waiting
        return self.frames.popleft()

    def send(self, text: str) -> None:
        """A frame to the edge; raises ``Offline``."""
        if not self.is_open:
            raise Offline
        self._last_up_s = self._deliver_after(self._last_up_s)
        self.loop.call_at(self._last_up_s, self._arrive_up, text.encode())

    def send_down(self, frame: bytes) -> None:
        """A frame to the charge point."""
        self._last_down_s = self._deliver_after(self._last_down_s)
        self.loop.call_at(self._last_down_s, self._arrive_down, frame.decode())

    def cut(self) -> None:
        """The connection breaks: both ends learn of it, what is under way is lost."""
        if not self.is_open:
            return
        self.is_open = False
        self._wake()
        if not self.is_dark:
            self.loop.call_later(self.dice.uniform(*NOTICED_S), self.edge_end.lost)

    def _deliver_after(self, last_s: float) -> float:
        if self.trouble.hits(self.dice, "socket_cut"):
            self.loop.call_soon(self.cut)
        return max(last_s + 1e-6, self.loop.time() + self.dice.uniform(*DELAY_S))

    def _arrive_up(self, frame: bytes) -> None:
        if self.is_open and not self.is_dark:
            self.edge_end.arrived(frame)

    def _arrive_down(self, text: str) -> None:
        if self.is_open and not self.is_dark:
            self.frames.append(text)
            self._wake()

    def _wake(self) -> None:
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(None)


class MemoryConnection(EdgeConnection):
    """The edge's end: all that the edge asks of a websocket, and no websocket."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._frames: deque[bytes] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._is_lost = False
        self.request = None

    @property
    def remote_address(self) -> tuple[str, int]:
        return ("192.0.2.1", 9)

    @property
    def subprotocol(self) -> Subprotocol:
        return Subprotocol("ocpp1.6")

    @property
    def is_lost(self) -> bool:
        return self._is_lost

    def respond(self, status: HTTPStatus | int, text: str) -> Response:
        return Response(int(status), text.strip(), Headers())

    async def recv(self, decode: bool | None = None) -> bytes:  # type: ignore[override]
        while not self._frames:
            if self._is_lost:
                raise ConnectionClosedError(None, None)
            self._waiting = self._wire.loop.create_future()
            await self._waiting
        return self._frames.popleft()

    def send_frame(self, frame: bytes) -> None:
        if not self._is_lost:
            self._wire.send_down(frame)

    def ping_frame(self) -> None:
        if not self._is_lost and not self._wire.is_dark and self._wire.is_open:
            self.is_heard = self.answers_pings = True

    def close_soon(self, code: int, reason: str) -> None:
        self._wire.loop.call_soon(self._closed)

    def arrived(self, frame: bytes) -> None:
        """A frame has come."""
        self.is_heard = True
        self._frames.append(frame)
        self._wake()

    def lost(self) -> None:
        """The connection is gone."""
        if self._is_lost:
            return
        self._is_lost = True
        self._wake()
        if self.on_lost is not None:
            told, self.on_lost = self.on_lost, None
            told()

    def _closed(self) -> None:
        """Closed from here; a peer in the dark does not hear of it."""
        if not self._wire.is_dark:
            self._wire.cut()
        self.lost()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other
