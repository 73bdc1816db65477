"""The charger from the inside: its parts, and what the versions of OCPP may do with them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from app.simulator.core.bell import Bell
from app.simulator.core.configuration import Configuration
from app.simulator.core.connector import Connector
from app.simulator.core.id_tags import IdInfo
from app.simulator.core.pace import Pace, timestamp
from app.simulator.core.parts import Parts
from app.simulator.core.station import Station
from app.simulator.core.tasks import Tasks
from app.simulator.dialect import Dialect
from app.simulator.journal import Journal
from app.simulator.manners.mischief import after_boot, misbehaves_online
from app.simulator.manners.quirks import Manners
from app.simulator.settings import Behaviour, SimulatorSettings
from app.simulator.sockets import Offline, Socket
from app.simulator.upkeep.certificates import Certificates
from app.simulator.upkeep.firmware import Firmware
from app.simulator.upkeep.logs import Logs
from app.simulator.wire.link import Ends, Link, Measured, NotAnswered
from app.simulator.wire.messages import Message, Payload, Refused, Reply
from app.simulator.wire.outbox import Outbox
from app.simulator.wire.schemas import complaint
from app.simulator.wire.uplink import Uplink

Dial = Callable[[], Awaitable[Socket]]


class Device:
    """One charger. People act on ``station``, the central system through ``answer``."""

    def __init__(
        self,
        identity: str,
        dialect: Dialect,
        *,
        connectors: int,
        settings: SimulatorSettings,
        now: Callable[[], datetime],
        measured: Measured | None = None,
    ) -> None:
        self.identity, self.dialect, self.settings = identity, dialect, settings
        self._measured = measured
        manners = Manners(settings.misbehaves, answer_delay_s=settings.answer_delay_s)
        bell = Bell()
        self.configuration = Configuration(
            dialect.factory, {"NumberOfConnectors": str(connectors), **settings.configuration}
        )
        self.behaviour = Behaviour(never_answers=manners.does("never-answers"))
        self.parts = Parts(
            settings=settings,
            configuration=self.configuration,
            behaviour=self.behaviour,
            pace=Pace(speed=settings.speed, timer_speed=settings.timer_speed),
            now=manners.calendar(now, lambda: self.uplink.boot_status == "Accepted"),
            journal=Journal(settings.log_length, bell),
            bell=bell,
            tasks=Tasks(),
            manners=manners,
        )
        self.uplink = Uplink(self.parts, dialect)
        self.outbox = Outbox(self.parts, self.uplink)
        self.station = Station(self.parts, connectors, self._ask_about)
        self.station.teller = dialect.teller(self)
        self.certificates = Certificates(identity)
        self.firmware = Firmware(self.parts, self.station, self._firmware_told, self._new_firmware)
        self.logs = Logs(self.parts, identity, self._log_told)
        self._aligning: asyncio.Task[None] | None = None

    # --- life ---

    def start(self, dial: Dial) -> None:
        """Switch it on."""
        spawn = self.parts.tasks.spawn
        spawn(self.uplink.run(dial, self._open_link, self._registered))
        spawn(self.outbox.deliver_letters())
        spawn(self.outbox.deliver_notices())
        self._align()

    async def close(self) -> None:
        """Say goodbye and end everything."""
        await self._say_goodbye()
        self.uplink.give_up_left()
        await self.parts.tasks.cancel()

    def reset(self, *, hard: bool, reason: str = "RemoteReset") -> None:
        """Start again: transactions end, the connection ends, and it boots anew."""
        self.parts.tasks.spawn(self._reset(hard=hard, reason=reason))

    def reset_when_idle(self) -> None:
        """Start again as soon as nobody charges."""

        async def wait() -> None:
            await self.parts.bell.until(lambda: not self.station.busy)
            await self._reset(hard=False, reason="ScheduledReset")

        self.parts.tasks.spawn(wait())

    # --- what the central system may do ---

    def answer(self, action: str, payload: Payload) -> Reply:
        """Do what the central system asks; raises ``Refused``."""
        if wrong := complaint(self.dialect.schemas, self._request_name(action), payload):
            raise Refused(*wrong)
        reply = self.dialect.answer(self, action, payload)
        return misbehaves_online(self, action, reply)

    def configuration_changed(self, key: str) -> None:
        """A key has a new value: whoever waits by the old one looks again."""
        if key == "HeartbeatInterval":
            self.uplink.nudge()
        elif key == "ClockAlignedDataInterval":
            self._align()
        shown = "***" if key in self.configuration.factory.write_only else self.configuration[key]
        self.parts.journal.note(f"configuration {key} = {shown}")

    def password_changed(self) -> None:
        """Come back with the new password, once it was answered."""
        self.uplink.drop(stay_away=False)

    def send(self, message: Message) -> None:
        """Send a request that matters only once it can be sent."""
        self.outbox.notify(message)

    def send_values(self, connector: Connector) -> None:
        """Send what the meter shows because it was asked for."""
        if connector.transaction:
            self.station.transactions.send_reading(connector, "Trigger")
        else:
            reading = self.station.metering.reading(connector)
            self.send(self.dialect.values(self, connector, reading))

    def trigger(self, what: Callable[[], Awaitable[object]]) -> None:
        """Send something of the uplink's own that was asked for."""

        async def run() -> None:
            try:
                await what()
            except Offline:
                self.parts.journal.note("asked for a message, but the connection is gone")

        self.parts.tasks.spawn(run())

    def want_certificate(self) -> None:
        """Ask the central system to sign a new certificate."""
        organisation = self.configuration.get("CpoName")
        self.send(self.dialect.sign_certificate(self.certificates.request(organisation)))

    def security_event(self, kind: str, info: str | None = None) -> None:
        """Write a security event down and tell it."""
        moment = timestamp(self.parts.now())
        self.logs.security_events.append(f"{moment} {kind} {info or ''}".strip())
        self.send(self.dialect.security_event(kind, moment, info))

    # --- inside ---

    def _request_name(self, action: str) -> str:
        return action if self.dialect.schemas == "v16" else f"{action}Request"

    def _firmware_told(self, status: str, request_id: int | None) -> None:
        self.send(self.dialect.firmware_status(status, request_id))
        if status == "InvalidSignature":
            self.security_event("InvalidFirmwareSignature")

    def _log_told(self, status: str, request_id: int | None) -> None:
        self.send(self.dialect.log_status(status, request_id))

    async def _new_firmware(self, version: str) -> None:
        self.uplink.firmware = version
        await self._reset(hard=False, reason="FirmwareUpdate")
        await self.uplink.until_registered()
        self.security_event("FirmwareUpdated", version)

    async def _say_goodbye(self) -> None:
        if self.uplink.link:
            await self.uplink.link.socket.close()

    def _registered(self, booted: bool) -> None:
        station = self.station
        self.outbox.forget_statuses()
        if booted:
            station.announce([0, *station.connectors])
            after_boot(self)
        else:
            station.announce_changes(lambda number: self.outbox.told.get(number, ""))
            if self.parts.manners.does("replay"):
                self.outbox.say_again()

    async def _reset(self, *, hard: bool, reason: str) -> None:
        self.parts.journal.note("hard reset" if hard else "soft reset")
        self.station.end_all("HardReset" if hard else "SoftReset")
        if not hard:
            await self.outbox.until_empty(self.settings.answer_timeout_s)
            await self._say_goodbye()
        self.uplink.must_boot, self.uplink.boot_reason = True, reason
        self.uplink.drop(stay_away=True)
        await asyncio.sleep(self.settings.reboot_s)
        self.uplink.come_back()

    async def _ask_about(self, id_tag: str) -> IdInfo | None:
        message = self.dialect.authorize(id_tag)
        try:
            return self.dialect.id_info(await self.uplink.ask(message))
        except (NotAnswered, Offline) as reason:
            self.parts.journal.note(f"Authorize unanswered: {reason}")
            return None

    def _align(self) -> None:
        """Readings by the clock, while they are configured."""
        if self._aligning:
            self._aligning.cancel()
            self._aligning = None
        if self.configuration.number("ClockAlignedDataInterval"):
            self._aligning = self.parts.tasks.spawn(self._read_by_the_clock())

    async def _read_by_the_clock(self) -> None:
        while interval_s := self.configuration.number("ClockAlignedDataInterval"):
            now = self.parts.now()
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
            passed = int((now - midnight).total_seconds() // interval_s) + 1
            due = midnight + timedelta(seconds=passed * interval_s)
            await asyncio.sleep(self.parts.pace.timer_s((due - now).total_seconds()))
            for connector in self.station.connectors.values():
                if connector.transaction:
                    self.station.transactions.send_reading(connector, "Sample.Clock")
                elif self.uplink.registered:
                    reading = self.station.metering.reading(connector)
                    self.send(self.dialect.aligned_values(self, connector, reading))

    def _open_link(self, socket: Socket) -> Link:
        ends = Ends(
            answer=self.answer,
            journal=self.parts.journal,
            behaviour=self.behaviour,
            manners=self.parts.manners,
            tasks=self.parts.tasks,
            answer_timeout_s=self.settings.answer_timeout_s,
            malformed=self.dialect.malformed,
            measured=self._measured,
        )
        return Link(self.identity, socket, ends)
