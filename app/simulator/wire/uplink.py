"""Staying connected: dial, boot, heartbeat, and again after every loss."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from app.simulator.core.parts import Parts
from app.simulator.dialect import Dialect
from app.simulator.sockets import Offline, Socket
from app.simulator.wire.link import Link, NotAnswered
from app.simulator.wire.messages import Message, Payload

BACKOFF = 2


class Uplink:
    """The charger's connection, over all its websockets.

    ``registered`` means that BootNotification was accepted and a connection stands: only then
    may the charger send on its own.
    """

    def __init__(self, parts: Parts, dialect: Dialect) -> None:
        self._parts = parts
        self._dialect = dialect
        self._settings = parts.settings
        self._registered = asyncio.Event()
        self._allowed = asyncio.Event()
        self._allowed.set()
        self._nudge = asyncio.Event()
        self.link: Link | None = None
        self._working: asyncio.Task[None]
        self._left: list[Link] = []
        """Lines that were left open on purpose."""

        self.must_boot = True
        self.boot_reason = "PowerUp"
        """Why it boots next, as OCPP 2.0.1 names it."""

        self.firmware = parts.settings.firmware
        self.boot_status = ""
        self._boot_interval_s = 0
        self._delay_s = parts.settings.first_reconnect_s

    @property
    def registered(self) -> bool:
        """Whether the charger may send on its own."""
        return self._registered.is_set()

    @property
    def connected(self) -> bool:
        """Whether a websocket stands."""
        return self.link is not None

    async def until_registered(self) -> None:
        """Wait until messages may be sent."""
        await self._registered.wait()

    async def ask(self, message: Message) -> Payload:
        """Send a request and wait for its answer; raises ``NotAnswered`` or ``Offline``."""
        if self.link is None or not self.registered:
            raise Offline("not registered at the central system")
        return await self.link.ask(message)

    def drop(self, *, stay_away: bool) -> None:
        """Cut the connection dirty; ``stay_away`` until ``come_back``."""
        if stay_away:
            self._allowed.clear()
        self._registered.clear()
        if self.link:
            self.link.socket.abort()

    def leave(self, *, frozen: bool) -> None:
        """Dial anew without closing: the old line stays open, listening or ``frozen``."""
        if self.link and self.registered:
            if frozen:
                self.link.socket.freeze()
            self._left.append(self.link)
            self._working.cancel()

    def give_up_left(self) -> None:
        """Cut the lines that were left open on purpose."""
        for link in self._left:
            link.socket.abort()
        self._left.clear()

    def come_back(self) -> None:
        """Connect again, at once."""
        self._allowed.set()
        self.nudge()

    def nudge(self) -> None:
        """Cut short whatever is waited for: a backoff, a heartbeat whose interval changed."""
        self._nudge.set()

    async def boot_again(self) -> None:
        """Boot because the central system wants it."""
        if not self.registered:
            self.nudge()
        elif self.link:
            self.boot_reason = "Triggered"
            await self.boot(self.link)

    async def beat_now(self) -> None:
        """Send a heartbeat out of turn."""
        if self.link:
            await self._beat_once(self.link)

    async def run(
        self,
        dial: Callable[[], Awaitable[Socket]],
        open_link: Callable[[Socket], Link],
        registered: Callable[[bool], None],
    ) -> None:
        """Stay connected until cancelled; ``registered(booted)`` hears of successes."""
        while True:
            await self._allowed.wait()
            try:
                socket = await dial()
            except Offline as reason:
                self._parts.journal.note(f"cannot connect: {reason}")
            else:
                await self._live(open_link(socket), registered)
            delay_s = self._delay_s
            self._delay_s = min(delay_s * BACKOFF, self._settings.longest_reconnect_s)
            await self._pause(delay_s * random.uniform(0.5, 1))

    async def boot(self, link: Link) -> bool:
        """Send one BootNotification; True when the central system accepts."""
        message = self._dialect.boot(self._settings, self.firmware, self.boot_reason)
        try:
            answer = await link.ask(message)
        except NotAnswered as reason:
            self._parts.journal.note(f"BootNotification unanswered: {reason}")
            self._boot_interval_s = 0
            return False
        self._boot_interval_s = int(answer.get("interval") or 0)
        self.boot_status = str(answer.get("status"))
        if self.boot_status == "Accepted" and self._boot_interval_s > 0:
            self._parts.configuration.keep("HeartbeatInterval", str(self._boot_interval_s))
        return self.boot_status == "Accepted"

    async def _live(self, link: Link, registered: Callable[[bool], None]) -> None:
        """One connection from its first to its last frame."""
        self.link = link
        self._parts.journal.note("connected")
        self._parts.bell.ring()
        reading = self._parts.tasks.spawn(link.read())
        self._working = asyncio.create_task(self._register_and_beat(link, registered))
        try:
            await asyncio.wait({reading, self._working}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.link = None
            self._registered.clear()
            self._working.cancel()
            if link not in self._left:
                link.socket.abort()
                reading.cancel()
                await asyncio.gather(reading, self._working, return_exceptions=True)
            self._parts.journal.note("disconnected")
            self._parts.bell.ring()

    async def _register_and_beat(self, link: Link, registered: Callable[[bool], None]) -> None:
        boots = self.must_boot or self._settings.boots_on_reconnect
        try:
            while boots and not await self.boot(link):
                wait_s = self._boot_interval_s or self._settings.boot_retry_s
                await self._pause(self._parts.pace.timer_s(wait_s))
            self.must_boot, self.boot_reason = False, "Unknown"
            self._delay_s = self._settings.first_reconnect_s
            self._registered.set()
            registered(boots)
            self._parts.bell.ring()
            await self._beat(link)
        except Offline:
            return

    async def _beat(self, link: Link) -> None:
        while True:
            interval_s = self._parts.configuration.number("HeartbeatInterval")
            if await self._pause(self._parts.pace.timer_s(interval_s) if interval_s else None):
                continue
            await self._beat_once(link)

    async def _beat_once(self, link: Link) -> None:
        try:
            await link.ask(Message("Heartbeat", {}))
        except NotAnswered:
            self._parts.journal.note("Heartbeat unanswered")

    async def _pause(self, seconds: float | None) -> bool:
        """Wait; True when a nudge cut it short."""
        self._nudge.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._nudge.wait()
        except TimeoutError:
            return False
        return True
