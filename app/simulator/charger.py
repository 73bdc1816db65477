"""The simulated charger: everything a person, a test or a script can do with one."""

from collections.abc import Callable
from datetime import datetime
from typing import Self

from app.simulator.actions import Actions
from app.simulator.core.pace import utc_now
from app.simulator.device import Device, Dial
from app.simulator.dialect import Dialect
from app.simulator.manners.mischief import probe
from app.simulator.observation import Observation
from app.simulator.settings import SimulatorSettings
from app.simulator.sockets import Offline, Socket
from app.simulator.v16.dialect import Dialect16
from app.simulator.v201.dialect import Dialect201
from app.simulator.wire.dialling import Target, dial, tls_context
from app.simulator.wire.link import Measured

DIALECTS: dict[str, Dialect] = {
    "1.6": Dialect16(),
    "2.0.1": Dialect201(),
    "2.1": Dialect201(subprotocol="ocpp2.1", schemas="v21"),
}


class SimulatedCharger(Actions, Observation):
    """An OCPP charge point that connects by itself and stays connected.

    Use it as ``async with SimulatedCharger(...) as charger``, or ``start`` and ``close`` it.
    ``settings.ocpp`` chooses the version, ``settings.speed`` makes energy flow faster than the
    clock. ``dialled_by`` replaces the websocket, ``now`` the calendar.
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
        measured: Measured | None = None,
        source: str = "",
    ) -> None:
        self.url, self.identity, self._password = url, identity, password
        self.settings = settings or SimulatorSettings()
        self._source = source
        self._dialled_by = dialled_by
        self.device = Device(
            identity,
            DIALECTS[self.settings.ocpp],
            connectors=connectors,
            settings=self.settings,
            now=now,
            measured=measured,
        )
        self.station = self.device.station
        self.configuration = self.device.configuration
        self.behaviour = self.device.behaviour
        self._parts, self._uplink = self.device.parts, self.device.uplink
        self._outbox = self.device.outbox
        self._probed = False

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def start(self) -> None:
        """Switch it on: from now on it connects, boots and beats by itself."""
        self.device.start(self._dialled_by or self._dial)

    async def close(self) -> None:
        """Take it off the wall: say goodbye and end everything."""
        await self.device.close()

    def reset(self, *, hard: bool) -> None:
        """Start again: transactions end, the connection ends, and it boots anew."""
        self.device.reset(hard=hard, reason="LocalReset")

    async def _dial(self) -> Socket:
        target = self._target()
        if self._parts.manners.does("probe") and not self._probed:
            self._probed = True
            await probe(target)
        return await dial(target)

    def _target(self) -> Target:
        ping_s = self.configuration.number("WebSocketPingInterval")
        password = self._password
        if self.configuration.get("AuthorizationKey"):
            password = self.configuration["AuthorizationKey"]
        settings = self.settings
        try:
            context = tls_context(
                self.url,
                ca_file=settings.ca_file,
                certificate_file=settings.certificate_file,
                key_file=settings.key_file,
            )
        except OSError as error:
            raise Offline(f"certificate or key cannot be used: {error}") from error
        if context:
            self.device.certificates.show(context)
        return Target(
            url=self.url,
            identity=self.identity,
            password=password,
            subprotocol=self.device.dialect.subprotocol,
            manners=self._parts.manners,
            ssl_context=context,
            ping_s=self._parts.pace.timer_s(ping_s) if ping_s else None,
            open_timeout_s=settings.open_timeout_s,
            source=self._source,
        )
