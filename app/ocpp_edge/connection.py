"""A websocket of the edge: `websockets`' own, with what ten thousand idle ones need."""

import asyncio
from collections.abc import Callable

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode
from websockets.protocol import Event, State


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

    def send_frame(self, frame: bytes) -> None:
        """Send a text frame without waiting. A peer that does not read is dropped."""
        if self.protocol.state is not State.OPEN:
            return
        self.protocol.send_text(frame)
        self.send_data()
        if self.paused and self.transport.get_write_buffer_size() > self.max_unsent_bytes:
            self.transport.abort()

    def ping_frame(self) -> None:
        """Send a ping; whatever comes next is the answer."""
        if self.protocol.state is State.OPEN:
            self.protocol.send_ping(b"")
            self.send_data()

    def close_soon(self, code: int, reason: str) -> None:
        """Close without waiting."""
        if self.closing is None:
            self.closing = self.loop.create_task(self.close(code, reason))

    def process_event(self, event: Event) -> None:
        """Hand a whole message on at once: waking a task for it would cost as much as answering.

        What is in fragments, or came before anyone listened, goes the library's way (`recv`).
        """
        if (
            self.on_frame is not None
            and isinstance(event, Frame)
            and event.fin
            and (event.opcode is Opcode.TEXT or event.opcode is Opcode.BINARY)
            and not self.recv_messages.frames
        ):
            self.on_frame(bytes(event.data))
        else:
            super().process_event(event)

    @property
    def is_lost(self) -> bool:
        """Whether the TCP connection is gone."""
        return self.connection_lost_waiter.done()

    def data_received(self, data: bytes) -> None:
        """Any byte is a sign of life."""
        self.is_heard = True
        super().data_received(data)

    def acknowledge_pings(self, data: bytes) -> None:
        """A pong: this peer can be relied on to answer pings."""
        self.answers_pings = True
        super().acknowledge_pings(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The end."""
        super().connection_lost(exc)
        if self.on_lost is not None:
            lost, self.on_lost = self.on_lost, None
            lost()
