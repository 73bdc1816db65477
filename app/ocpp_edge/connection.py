"""A websocket of the edge: `websockets`' own, with what ten thousand idle ones need."""

import asyncio
import ssl
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import Event, State

from app.ocpp_edge.fleet.drops import FLOODED, LEFT, LOST, NOT_READING
from app.ocpp_edge.fleet.limits import Allowance
from app.ocpp_edge.opening import Opening

ANSWERED = Request("", Headers())
"""In the place of a request that was answered."""


class EdgeConnection(ServerConnection):
    """Sends without a task, remembers signs of life without a timer, tells when it is lost."""

    is_heard = True
    """Whether anything came since this was last set to False: a frame, a ping, a pong."""
    answers_pings = False
    heard_at = 0.0
    pinged_at = 0.0
    dead_after_s = 0.0
    """The silence after which the sweep closes it."""
    max_unsent_bytes = 256 * 1024
    on_lost: Callable[[], None] | None = None
    """Called once, when the connection is gone, if anybody is to know."""
    on_frame: Callable[[bytes], None] | None = None
    """Takes messages; must not raise."""
    closing: asyncio.Task[None] | None = None
    secured: ssl.SSLObject | None = None
    """The TLS that it came over; None where it is plain."""
    allowance: Allowance | None = None
    """What it may send; without one, anything."""
    on_slowed: Callable[[], None] | None = None
    """Called whenever it has to wait because it sends too much."""
    opening: Opening | None = None
    """Where it counts as silent until its request has come."""
    ending: asyncio.TimerHandle | None = None
    """Cuts off a peer that was told to close, and neither closes nor goes."""
    ended: str = ""
    """Why it is over: what `close_soon` was told, or what `fleet.drops` has."""

    def forget_request(self) -> None:
        """It was answered; its headers would be kept as long as the connection, four KiB each.

        Cleared, not only let go of: the parser has them as well.
        """
        if self.request is not None:
            self.request.headers.clear()
        self.request, self.response = ANSWERED, None

    def send_frame(self, frame: bytes) -> None:
        """Send a text frame without waiting. A peer that does not read is dropped."""
        if self.protocol.state is not State.OPEN:
            return
        self.protocol.send_text(frame)
        self.send_data()
        if self.paused and self.transport.get_write_buffer_size() > self.max_unsent_bytes:
            self.ended = self.ended or NOT_READING
            self.transport.abort()

    def ping_frame(self) -> None:
        """Send a ping; whatever comes next is the answer."""
        if self.protocol.state is State.OPEN:
            self.protocol.send_ping(b"")
            self.send_data()

    def close_soon(self, code: int, reason: str) -> None:
        """Close without waiting."""
        self.ended = self.ended or reason
        if self.closing is None:
            self.closing = self.loop.create_task(self.close(code, reason))

    def process_event(self, event: Event) -> None:
        """Hand a whole message on at once: waking a task for it would cost as much as answering.

        What is in fragments, or came before anyone listened, goes the library's way (`recv`).
        """
        if self.allowance is not None:
            self.allowance.frames.left -= 1
        if (
            self.on_frame is not None
            and isinstance(event, Frame)
            and event.fin
            and (event.opcode is Opcode.TEXT or event.opcode is Opcode.BINARY)
            and not self.recv_messages.frames
        ):
            self.on_frame(bytes(event.data))
        else:
            if self.opening is not None:
                self.opening.remove(self)
                self.opening = None
            super().process_event(event)

    @property
    def is_lost(self) -> bool:
        """Whether the TCP connection is gone."""
        return self.connection_lost_waiter.done()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The beginning."""
        super().connection_made(transport)
        self.secured = transport.get_extra_info("ssl_object")
        if self.opening is not None:
            self.opening.add(self)

    def data_received(self, data: bytes) -> None:
        """Any byte is a sign of life."""
        self.is_heard = True
        if self.opening is not None:
            self.opening.received(self, len(data))
        super().data_received(data)
        if self.close_deadline is not None and self.ending is None:
            self.ending = self.loop.call_at(self.close_deadline, self.transport.abort)
        allowance = self.allowance
        if allowance is not None:
            frames, size = allowance.frames, allowance.bytes
            size.left -= len(data)
            if frames.left < 0 or size.left < 0:
                self._slow_down(allowance)

    def acknowledge_pings(self, data: bytes) -> None:
        """A pong: this peer can be relied on to answer pings."""
        self.answers_pings = True
        super().acknowledge_pings(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The end."""
        super().connection_lost(exc)
        self._untie()
        if self.opening is not None:
            self.opening.remove(self)
        if self.ending is not None:
            self.ending.cancel()
        if not self.ended:
            self.ended = LEFT if self.protocol.close_rcvd is not None else LOST
        if self.on_lost is not None:
            lost, self.on_lost = self.on_lost, None
            lost()

    def give_up(self) -> None:
        """It has never said what it wants."""
        self.transport.abort()

    def _untie(self) -> None:
        """Let go of what holds on to itself: ten thousand that come back would wait for the
        collector of garbage, who keeps everybody waiting.
        """
        protocol = self.protocol
        protocol.parser.close()  # it is at its end, and is not asked again
        for error in (protocol.parser_exc, protocol.handshake_exc):
            if error is not None:
                error.__traceback__ = None

    def _slow_down(self, allowance: Allowance) -> None:
        """Read on when it has earned it; one that keeps flooding is closed, and read no more."""
        wait = allowance.renew(self.loop.time())
        if self.is_lost or self.transport.is_closing():
            return
        if wait.is_abuse:
            self.transport.pause_reading()
            self.close_soon(1008, FLOODED)
        elif wait.seconds > 0:
            if self.on_slowed is not None:
                self.on_slowed()
            self.transport.pause_reading()
            self.loop.call_later(wait.seconds, self._read_on)

    def _read_on(self) -> None:
        gone = self.is_lost or self.transport.is_closing()
        if not gone and self.closing is None:
            self.transport.resume_reading()
