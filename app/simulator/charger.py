"""The simulated charger: everything a person, a test or a script can do with one."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Self

from ocpp.v16 import call

from app.simulator.actions import Actions
from app.simulator.bell import Bell
from app.simulator.commands import CommandedLink
from app.simulator.configuration import Configuration
from app.simulator.connector import Connector
from app.simulator.journal import Journal
from app.simulator.link import Answer, Message, NotAnswered
from app.simulator.observation import Observation
from app.simulator.outbox import Outbox
from app.simulator.pace import Pace, utc_now
from app.simulator.parts import Parts
from app.simulator.settings import Behaviour, SimulatorSettings
from app.simulator.sockets import Offline, Socket, dial
from app.simulator.station import Station
from app.simulator.tasks import Tasks
from app.simulator.uplink import Uplink

Dial = Callable[[], Awaitable[Socket]]


class SimulatedCharger(Actions, Observation):
    """An OCPP 1.6J charge point that connects by itself and stays connected.

    Use it as ``async with SimulatedCharger(...) as charger``, or ``start`` and ``close`` it.
    ``settings.speed`` makes energy flow faster than the clock. ``dialled_by`` replaces the
    websocket, ``now`` the calendar.
    """

    def __init__(
        self,
        url: str,
        identity: str,
        password: str,
        *,
        connectors: int = 1,
        settings: SimulatorSettings | None = None,
        now: Callable[[], datetime] = utc_now,
        dialled_by: Dial | None = None,
    ) -> None:
        self.url, self.identity, self._password = url, identity, password
        self.settings = settings or SimulatorSettings()
        self.configuration = Configuration(connectors, self.settings.configuration)
        self.behaviour = Behaviour()
        bell = Bell()
        self._parts = Parts(
            settings=self.settings,
            configuration=self.configuration,
            behaviour=self.behaviour,
            pace=Pace(speed=self.settings.speed, timer_speed=self.settings.timer_speed),
            now=now,
            journal=Journal(self.settings.log_length, bell),
            bell=bell,
            tasks=Tasks(),
        )
        self._dial = dialled_by or self._dial_websocket
        self._uplink = Uplink(self._parts)
        self._outbox = Outbox(self._parts, self._uplink)
        self.station = Station(self._parts, connectors, self._outbox, self._authorize)

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # --- life ---

    def start(self) -> None:
        """Switch it on: from now on it connects, boots and beats by itself."""
        spawn = self._parts.tasks.spawn
        spawn(self._uplink.run(self._dial, self._open_link, self._registered))
        spawn(self._outbox.deliver_letters())
        spawn(self._outbox.deliver_statuses())

    async def close(self) -> None:
        """Take it off the wall: say goodbye and end everything."""
        await self._say_goodbye()
        await self._parts.tasks.cancel()

    def reset(self, *, hard: bool) -> None:
        """Start again: transactions end, the connection ends, and it boots anew."""
        self._parts.tasks.spawn(self._reset(hard=hard))

    # --- what the link asks of it ---

    def configuration_changed(self, key: str) -> None:
        """A key has a new value: whoever waits by the old one looks again."""
        if key == "HeartbeatInterval":
            self._uplink.nudge()
        self._parts.journal.note(f"configuration {key} = {self.configuration[key]}")

    def send_triggered(self, message: str, connector_id: int | None) -> None:
        """Send the message that the central system wants to see."""
        if message == "StatusNotification":
            numbers = [0, *self.station.connectors] if connector_id is None else [connector_id]
            self.station.announce(numbers)
        else:
            self._parts.tasks.spawn(self._trigger(message, connector_id or 0))

    async def _say_goodbye(self) -> None:
        if self._uplink.link:
            await self._uplink.link.socket.close()

    def _registered(self, booted: bool) -> None:
        if booted:
            self.station.announce_all()
        else:
            self.station.announce_changes()

    async def _reset(self, *, hard: bool) -> None:
        self._parts.journal.note("hard reset" if hard else "soft reset")
        self.station.end_all("HardReset" if hard else "SoftReset")
        if not hard:
            await self._outbox.until_empty(self.settings.answer_timeout_s)
            await self._say_goodbye()
        self._uplink.must_boot = True
        self._uplink.drop(stay_away=True)
        await asyncio.sleep(self.settings.reboot_s)
        self._uplink.come_back()

    async def _trigger(self, message: str, connector_id: int) -> None:
        try:
            if message == "BootNotification":
                await self._uplink.boot_again()
            elif message == "Heartbeat":
                await self._uplink.beat_now()
            else:
                for connector in self.station.numbered(connector_id):
                    await self._send_values(connector)
        except Offline:
            self._parts.journal.note(f"{message} was asked for, but the connection is gone")

    async def _send_values(self, connector: Connector) -> None:
        if connector.transaction:
            self.station.transactions.send_reading(connector, "Trigger")
            return
        value = self.station.metering.value(connector, "MeterValuesSampledData", "Trigger")
        await self._try(call.MeterValues(connector_id=connector.id, meter_value=[value]))

    async def _authorize(self, id_tag: str) -> bool:
        answer = await self._try(call.Authorize(id_tag=id_tag))
        return answer is not None and answer.id_tag_info["status"] == "Accepted"

    async def _try(self, message: Message) -> Answer | None:
        try:
            return await self._uplink.ask(message)
        except (NotAnswered, Offline) as reason:
            self._parts.journal.note(f"{type(message).__name__} unanswered: {reason}")
            return None

    def _open_link(self, socket: Socket) -> CommandedLink:
        link = CommandedLink(
            self.identity,
            socket,
            journal=self._parts.journal,
            behaviour=self.behaviour,
            answer_timeout_s=self.settings.answer_timeout_s,
        )
        link.charger = self
        return link

    async def _dial_websocket(self) -> Socket:
        ping_s = self.configuration.number("WebSocketPingInterval")
        return await dial(
            self.url,
            self.identity,
            self._password,
            ping_s=self._parts.pace.timer_s(ping_s) if ping_s else None,
            open_timeout_s=self.settings.open_timeout_s,
        )
