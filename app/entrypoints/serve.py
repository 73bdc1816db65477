"""All of Strom in one process: for one owner, a laptop, a small provider."""

import asyncio
import contextlib
import gc
import logging
import os
import resource
import signal
from collections.abc import AsyncIterator, Callable

from app.bootstrap.composition import Strom, put_together
from app.bootstrap.edges import make_edge
from app.bootstrap.local import local_foundation
from app.bootstrap.telemetry import watching_over
from app.entrypoints.embedded import embedded_tables
from app.entrypoints.first_owner import keep_node_connected, make_first_owner
from app.entrypoints.http.internal import internal_app
from app.entrypoints.loops import LocalQueue, beside, sweep_for_ever, watch_for_ever
from app.entrypoints.observing import Observed, observed
from app.entrypoints.own_certificate import keeping_certificate, prepare_certificate
from app.entrypoints.preflight import misspelt, require_startable
from app.entrypoints.web_server import web
from app.notifications.background import BackgroundMailer
from app.ocpp_edge.edge import Edge
from app.settings import Settings
from app.telemetry.numbers import Owed

log = logging.getLogger(__name__)
CERTIFICATE_WATCH_S = 12 * 3600
PRICE_WATCH_S = 600


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Strom]:
    """Start every part, yield, and stop them: sockets first, the table last."""
    queue = LocalQueue()
    async with contextlib.AsyncExitStack() as stack:
        endpoint = ""
        if settings.embedded_tables:
            endpoint = await stack.enter_async_context(embedded_tables(settings.embedded_tables))
        base = await stack.enter_async_context(
            local_foundation(settings, queue, endpoint=endpoint, migrate=True)
        )
        base = await stack.enter_async_context(watching_over(base, "strom"))
        base.numbers.waiting = lambda: queue.waiting
        strom = put_together(base)
        if isinstance(strom.mailer, BackgroundMailer):
            stack.push_async_callback(strom.mailer.drain)
        stack.push_async_callback(strom.wallets.close)
        await stack.enter_async_context(beside(strom.arrivals.run()))
        every_s = settings.sweep_interval_s
        await stack.enter_async_context(beside(queue.run(strom.flow)))
        await stack.enter_async_context(
            beside(sweep_for_ever(strom.flow, base.clock, every_s=every_s))
        )
        await stack.enter_async_context(watching(strom))
        await make_first_owner(strom)
        if settings.owner_lnd_url:
            await stack.enter_async_context(beside(keep_node_connected(strom)))
        if settings.acme_domains:
            prepare_certificate(settings, base.clock)
        edge = make_edge(base, _internal(strom))
        await stack.enter_async_context(_edge(edge))
        look = await stack.enter_async_context(web(strom))
        if settings.acme_domains:
            shown = (look, edge.look_at_certificate)
            await stack.enter_async_context(keeping_certificate(strom, shown))
        yield strom


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    require_startable(settings)
    for line in misspelt(os.environ):
        log.warning("%s", line)
    allow_many_sockets()
    collect_seldom()
    async with running(settings):
        log.info("Strom serves %s, charge points at %s", settings.base_url, settings.charger_url)
        await until_told_to_stop()


COLLECTED_EVERY = (20_000, 5, 100)
"""Objects made, and collections of the younger ones. Looking through all that ten thousand charge
points hold takes half a second in which nobody is answered, and through the youngest hundred
thousand objects a twentieth; hardly any of it is ever garbage."""


def collect_seldom() -> None:
    """Let the garbage collector look through everything rarely."""
    gc.set_threshold(*COLLECTED_EVERY)


def allow_many_sockets() -> None:
    """As many as the system lets this process open: shells start it with room for few."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # some systems allow less than they say
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def until_told_to_stop() -> None:
    """Wait for SIGTERM or SIGINT."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    await told.wait()


@contextlib.asynccontextmanager
async def _edge(edge: Edge) -> AsyncIterator[None]:
    await edge.start()
    try:
        yield
    finally:
        await edge.stop()


def _internal(strom: Strom) -> Observed:
    app = internal_app(strom.internal)
    return observed(app, "internal", strom.foundation, is_internal=True)


@contextlib.asynccontextmanager
async def watching(
    strom: Strom, counted: Callable[[Owed], None] = lambda _: None
) -> AsyncIterator[None]:
    """Look at every tenant's wallet and certificates now and then.

    ``counted`` is given what all of them owed, each time all wallets were looked at.
    """

    def seen_all() -> None:
        counted(strom.foundation.numbers.count_over())

    clock, tenants = strom.foundation.clock, strom.tenancy.provider.tenants
    async with contextlib.AsyncExitStack() as stack:
        wallets_s = strom.foundation.settings.wallet_watch_s
        for what, look, pause_s, over in (
            ("wallet", strom.wallet_watch.look, wallets_s, seen_all),
            ("certificate", strom.certificate_watch.look, CERTIFICATE_WATCH_S, _nobody_counts),
        ):
            again = watch_for_ever(what, tenants, look, clock, every_s=pause_s, seen_all=over)
            await stack.enter_async_context(beside(again))
        yield


def _nobody_counts() -> None:
    """There is nothing to add up."""
