"""One Strom as `strom serve` runs it, over ports that name their calls and can be died at.

It is forked from a server that has everything imported, which makes a start cheap enough to die
hundreds of times. It is told over a pipe what to do; production code knows nothing of this.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any
from unittest.mock import patch

import uvloop

from app.bootstrap import common, edges, money_settings, room_settings, wallets
from app.bootstrap.composition import Strom, put_together
from app.bootstrap.foundation import Foundation
from app.bootstrap.local import local_foundation
from app.bootstrap.money_settings import refund_settings
from app.bootstrap.room_settings import checkout_settings
from app.charging.ports import Wallet
from app.charging.session import Limits
from app.checkout import invoicing
from app.checkout.settings import CheckoutSettings
from app.entrypoints import serve, web_server
from app.entrypoints.http.public import public_app
from app.entrypoints.logs import set_up_logging
from app.flow import FlowSettings, PerformQueue
from app.ocpp_edge import server as edge_server
from app.settings import Settings, read_settings
from app.storage.scope import ScopedTables
from app.wallets.connections import WalletOpener
from app.wallets.doubt import DoubtSettings
from app.wallets.refunds import RefundSettings
from tests.chaos import ports
from tests.chaos.boundaries import Boundaries
from tests.chaos.pace import Pace
from tests.chaos.weather import Forecast, Weather
from tests.support.keeper import die_with


def run(
    environment: dict[str, str], log: str, control: Connection, forecast: Forecast, pace: Pace
) -> None:
    """Serve until told to stop, or dead."""
    die_with(os.getppid())
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(environment)
    settings = read_settings()
    set_up_logging(settings.log_level)
    uvloop.run(_Chaos(control, forecast, pace).serve(settings))


class _Chaos:
    def __init__(self, control: Connection, forecast: Forecast, pace: Pace) -> None:
        self._control = control
        self._pace = pace
        self._boundaries = Boundaries(lambda name: control.send(("dies", name)))
        self._weather = Weather(forecast)
        self._strom: Strom | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, settings: Settings) -> None:
        with ExitStack() as patches:
            for module, name, ours in (
                (serve, "local_foundation", self._foundation),
                (serve, "put_together", self._put_together),
                (web_server, "public_app", self._public_app),
                (common, "FlowSettings", _quick_flow),
                (money_settings, "refund_settings", self._quick_refunds),
                (room_settings, "checkout_settings", _many_may_pay),
                (invoicing, "Limits", self._limits),
                (edges, "HttpAppClient", ports.named_app_client(self._boundaries)),
                (wallets, "WalletOpener", self._wallet_opener()),
                (edge_server, "EdgeConnection", ports.named_connection(self._boundaries)),
            ):
                patches.enter_context(patch.object(module, name, ours))
            async with serve.running(settings):
                asyncio.get_running_loop().add_reader(self._control.fileno(), self._told)
                self._control.send(("serves", None))
                await serve.until_told_to_stop()

    # --- what it is told ---

    def _told(self) -> None:
        try:
            order, given = self._control.recv()
        except EOFError:
            os.kill(os.getpid(), signal.SIGTERM)
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            return
        task = asyncio.ensure_future(self._obey(order, given))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _obey(self, order: str, given: str) -> None:
        answer: Any = None
        match order:
            case "arm":
                self._boundaries.arm(given)
                self._weather.is_on = True
            case "disarm":
                answer = list(self._boundaries.disarm())
                self._weather.is_on = False
            case "weather":
                answer = dict(self._weather.seen)
            case "audit":
                assert self._strom is not None
                report = await self._strom.audit.of(given)
                answer = asdict(report)
        self._control.send((order, answer))

    # --- its parts, named ---

    @asynccontextmanager
    async def _foundation(
        self, settings: Settings, queue: PerformQueue, *, endpoint: str = "", migrate: bool = False
    ) -> AsyncIterator[Foundation]:
        named = ports.NamedQueue(queue, self._boundaries)
        async with local_foundation(settings, named, endpoint=endpoint, migrate=migrate) as base:
            assert isinstance(base.tables, ScopedTables)
            engine = ports.NamedEngine(base.tables._scoped, self._boundaries, self._weather)
            transport = base.http._transport
            base.http._transport = ports.NamedTransport(transport, self._boundaries)
            bus = ports.NamedBus(base.bus, self._boundaries)
            yield replace(base, tables=ScopedTables(engine), bus=bus)

    def _put_together(self, base: Foundation) -> Strom:
        self._strom = put_together(base)
        return self._strom

    def _public_app(self, strom: Strom) -> Any:
        return ports.named_web(public_app(strom), self._boundaries)

    def _quick_refunds(self, settings: Settings) -> RefundSettings:
        doubt = DoubtSettings(unreachable=timedelta(seconds=self._pace.doubt_s))
        usual = refund_settings(settings)
        return replace(usual, first_s=0.3, confirm_s=0.2, offline_s=0.5, doubt=doubt)

    def _limits(self, **locked: int) -> Limits:
        if self._pace.refund_expiry_s:
            locked["refund_expiry_s"] = self._pace.refund_expiry_s
        return Limits(**locked)

    def _wallet_opener(self) -> type[WalletOpener]:
        boundaries = self._boundaries

        class NamedOpener(WalletOpener):
            async def open(self, tenant: str, connection_id: str, sealed: bytes) -> Wallet:
                opened = await super().open(tenant, connection_id, sealed)
                return ports.named_wallet(opened, boundaries)

        return NamedOpener


def _quick_flow(**times: float) -> FlowSettings:
    """What died with a lease is found after a second or two."""
    return FlowSettings(**times, command_lease_s=2, command_timeout_s=1.5, queue_grace_s=0.5)  # type: ignore[arg-type]


def _many_may_pay(settings: Settings) -> CheckoutSettings:
    return replace(checkout_settings(settings), open_invoices=1_000)
