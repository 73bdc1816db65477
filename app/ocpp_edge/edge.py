"""The edge: all its parts put together, started and stopped."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from app.charging.errors import StromError
from app.charging.ports import Chance, Clock
from app.edge_messages import (
    BusMessage,
    Command,
    CommandBus,
    Connected,
    DeadlineMoved,
    FramesWanted,
    Kick,
    Lease,
    SessionNotice,
)
from app.ocpp_edge.alarms import Alarms
from app.ocpp_edge.app_client import AppClient
from app.ocpp_edge.charger import Charger
from app.ocpp_edge.commands import Commands
from app.ocpp_edge.connection import EdgeConnection
from app.ocpp_edge.departures import Departures
from app.ocpp_edge.dialects import Dialects
from app.ocpp_edge.dispatcher import Dispatcher
from app.ocpp_edge.draining import Drain
from app.ocpp_edge.fleet.drops import REPLACED, drop_of
from app.ocpp_edge.fleet.metrics import Metrics
from app.ocpp_edge.fleet.metrics_server import MetricsServer
from app.ocpp_edge.fleet.report import Present, report
from app.ocpp_edge.fleet.watch import FleetWatch
from app.ocpp_edge.live import LivePages
from app.ocpp_edge.parts import Parts
from app.ocpp_edge.registry import Registry
from app.ocpp_edge.server import EdgeServer
from app.ocpp_edge.settings import EdgeSettings
from app.ocpp_edge.sweep import sweep
from app.ocpp_edge.tls import TlsKeeper
from app.ocpp_edge.upstream import Upstreams
from app.telemetry.tracing import NO_TRACES, Tracer

log = logging.getLogger(__name__)

RESTART_AFTER_S = 1.0


class Edge:
    """Holds the sockets of charge points and live pages.

    Ports come from outside: the app, the bus its commands come over, the clock, chance.
    """

    def __init__(
        self,
        settings: EdgeSettings,
        app: AppClient,
        bus: CommandBus,
        clock: Clock,
        chance: Chance,
        metrics: Metrics | None = None,
        tracer: Tracer = NO_TRACES,
        more_numbers: Callable[[], str] | None = None,
    ) -> None:
        """``more_numbers``: what else of this process is told where the metrics are."""
        self._more_numbers = more_numbers
        self.settings = settings
        self.metrics = metrics or Metrics()
        self.counters = self.metrics.counters
        self._app = app
        self._bus = bus
        self._clock = clock
        self._chance = chance
        self._alarms = Alarms(clock)
        self._dialects = Dialects(self.counters)
        self._live = LivePages(app, self._alarms, settings)
        self._dispatcher = Dispatcher(
            app, self._alarms, chance, settings, self.counters, self._live.notice, tracer
        )
        self._commands = Commands(tracer)
        self._registry = Registry(clock)
        self._fleet = FleetWatch(self._registry, self._alarms, clock, settings, self.metrics)
        self._departures = Departures(app, clock, settings, self._dispatcher.has_told)
        self._dispatcher.settled = self._departures.look
        self._upstreams = Upstreams(self._alarms, clock, chance, settings.upstream)
        self._parts = Parts(
            settings=settings,
            clock=clock,
            chance=chance,
            alarms=self._alarms,
            dispatcher=self._dispatcher,
            commands=self._commands,
            counters=self.counters,
            metrics=self.metrics,
            upstreams=self._upstreams,
            tracer=tracer,
        )
        self._metrics_server = (
            None
            if settings.metrics_port is None
            else MetricsServer(settings.metrics_host, settings.metrics_port, self.numbers)
        )
        self._server = EdgeServer(
            app,
            settings,
            chance,
            self._live,
            self._departures,
            welcome=self._welcome,
            farewell=self._farewell,
            metrics=self.metrics,
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._stopped = asyncio.Event()

    @property
    def port(self) -> int:
        """The port that is listened on, once started."""
        return self._server.port

    @property
    def tls_port(self) -> int:
        """The port that is listened on for TLS, where there is a certificate."""
        return self._server.tls_port

    def look_at_certificate(self) -> None:
        """Show a renewed one to whoever connects from now on, instead of a while later."""
        self._server.look_at_certificate()

    @property
    def connected(self) -> int:
        """How many charge points are here."""
        return len(self._registry)

    @property
    def metrics_port(self) -> int:
        """Where `/metrics` is, once started; 0 when it is nowhere."""
        return 0 if self._metrics_server is None else self._metrics_server.port

    def numbers(self) -> str:
        """What Prometheus reads."""
        chargers = tuple(self._registry.chargers)
        connected = Counter(charger.dialect.protocol for charger in chargers)
        present = Present(
            connected=connected,
            frames=self.counters["frames"] + sum(c.notes.quality.frames for c in chargers),
            sockets=len(self._server.connections),
            live_pages=len(self._live),
            outboxes=self._dispatcher.outboxes,
            waiting_messages=self._dispatcher.waiting,
            is_draining=self._server.is_draining,
            links=self._upstreams.counted(),
        )
        more = self._more_numbers
        return report(self.metrics, present) + (more() if more is not None else "")

    async def run(self) -> None:
        """Serve until stopped or cancelled; then leave gracefully."""
        await self.start()
        try:
            await self._stopped.wait()
        finally:
            await self.stop()

    async def start(self) -> None:
        """Listen, and read the bus."""
        loops = [
            self._alarms.run,
            self._departures.run,
            self._read_bus,
            self._renew_lease,
            self._sweep,
            self._fleet.observe,
        ]
        if self._server.tls is not None:
            keeper = TlsKeeper(self._server.tls, self._app, self._clock, self.settings)
            await keeper.refresh()  # before the first charge point is asked for a certificate
            loops.append(keeper.run)
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._keep(run)) for run in loops]
        await self._server.start()
        if self._metrics_server is not None:
            self._tasks.append(loop.create_task(self._keep(self._fleet.watch_lag)))
            await self._metrics_server.start()
        log.info("the edge listens", extra={"host": self.settings.host, "port": self.port})

    async def stop(self) -> None:
        """Take no one in, close sockets over some time, tell the app what it does not know."""
        if not self._tasks:
            return
        drain = Drain(
            self._server,
            self._registry,
            self._dispatcher,
            self._departures,
            self._clock,
            self._chance,
            self.settings.drain_s,
        )
        await drain.run()
        await self._upstreams.close()
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._dispatcher.close()
        if self._metrics_server is not None:
            await self._metrics_server.stop()
        self._stopped.set()
        log.info("the edge has stopped")

    async def _keep(self, run: Callable[[], Awaitable[None]]) -> None:
        """A loop that fails is a defect, but no reason to lose ten thousand sockets."""
        while True:
            try:
                await run()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("a loop of the edge failed; it starts again")
            await self._clock.sleep(RESTART_AFTER_S)

    # --- sockets -----------------------------------------------------------------------------

    def _welcome(self, grant: Connected, socket: EdgeConnection) -> Charger | None:
        if not self._registry.is_newest(grant):
            return None
        charger = Charger(grant, socket, self._dialects.of(socket.subprotocol), self._parts)
        seen_at = self._seen_before(charger)
        if grant.standing:
            charger.was_seen(seen_at)
        self._registry.enter(charger)
        self._fleet.limit(grant.tenant, socket)
        self.metrics.connects[charger.dialect.protocol] += 1
        socket.dead_after_s = self.settings.idle_intervals * charger.heartbeat_interval_s
        log.info("a charge point has connected", extra=_names(charger))
        charger.begin()
        for command in self._registry.unpark(charger):
            self._commands.deliver(command, charger)
        return charger

    def _farewell(self, charger: Charger) -> None:
        why = _why(charger)
        self.metrics.drops[why] += 1
        self.counters["frames"] += charger.notes.quality.frames
        if self._registry.leave(charger):
            self._fleet.leaves(charger)
            name = charger.tenant, charger.charge_point
            silent_s = _silent_s(charger, self._alarms.steady())
            self._departures.add(*name, charger.epoch, why, silent_s)
            log.info("a charge point is gone", extra=_names(charger) | {"reason": why})
        charger.close()

    def _seen_before(self, charger: Charger) -> datetime:
        """When it was last seen on the connection before this one, which is over."""
        name, now = (charger.tenant, charger.charge_point), self._clock.now()
        gone_at, present = self._departures.withdraw(*name), self._registry.find(*name)
        if present is not None:
            return now - timedelta(seconds=_silent_s(present, self._alarms.steady()))
        return gone_at or now

    async def _sweep(self) -> None:
        while True:
            await self._clock.sleep(self.settings.sweep_every_s)
            dead = sweep(self._server.connections, self._alarms.steady(), self.settings)
            self.counters["silent_connections_closed"] += dead
            self._registry.expire()

    # --- the bus and the lease ---------------------------------------------------------------

    async def _read_bus(self) -> None:
        while True:
            for message in await self._bus.receive(self.settings.queue):
                try:
                    self._take(message)
                except Exception:
                    log.exception("a message of the bus could not be handled")

    def _take(self, message: BusMessage) -> None:
        if isinstance(message, Command):
            target = self._registry.target(message)
            if target is not None:
                self._commands.deliver(message, target)
            return
        if isinstance(message, SessionNotice):
            self._live.notice(message)
            return
        charger = self._registry.find(message.tenant, message.charge_point)
        if charger is None:
            return
        if isinstance(message, Kick):
            if charger.epoch < message.epoch:
                charger.socket.close_soon(1000, REPLACED)
        elif message.epoch == charger.epoch:
            if isinstance(message, DeadlineMoved):
                charger.limit(message.deadline)
            elif isinstance(message, FramesWanted):
                charger.notes.log_frames(message.logging)
            else:
                charger.tell_readings()

    async def _renew_lease(self) -> None:
        settings = self.settings
        lease = Lease(settings.instance, settings.queue, settings.lease_s)
        while True:
            try:
                await self._app.lease(lease)
                wait = settings.lease_s / 3
            except StromError as error:
                log.warning("the lease could not be renewed: %s", error.message)
                wait = min(settings.retry_s, settings.lease_s / 3)
            await self._clock.sleep(wait)


def _why(charger: Charger) -> str:
    """Why its connection has ended."""
    return drop_of(charger.socket.ended if isinstance(charger.socket, EdgeConnection) else "")


def _silent_s(charger: Charger, now: float) -> float:
    """For how long nothing had come from it; the sweep looks now and then."""
    socket = charger.socket
    if not isinstance(socket, EdgeConnection) or socket.is_heard or not socket.heard_at:
        return 0
    return max(0, now - socket.heard_at)


def _names(charger: Charger) -> dict[str, object]:
    return {
        "tenant": charger.tenant,
        "charge_point": charger.charge_point,
        "epoch": charger.epoch,
    }
