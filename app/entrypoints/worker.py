"""``strom worker``: what runs all the time on AWS beside functions and edges."""

import logging

from app.bootstrap.composition import put_together
from app.bootstrap.on_aws import aws_foundation, queue_clearing
from app.bootstrap.telemetry import watching_over
from app.charging.errors import StromError
from app.command_bus.sqs_clearing import QueueClearing
from app.entrypoints.emf import money, put_metrics
from app.entrypoints.loops import beside
from app.entrypoints.serve import until_told_to_stop, watching
from app.entrypoints.sweeping import sweep_and_hand_over
from app.migrations import require_served_by_us
from app.notifications.background import BackgroundMailer
from app.records.schema_version import KEY as SCHEMA
from app.settings import Settings
from app.telemetry.numbers import Owed

log = logging.getLogger(__name__)
CLEARED_EVERY_S = 3600


async def run_worker(settings: Settings) -> None:
    """Sweep every few seconds, look at wallets, certificates and price sources now and then,
    until SIGTERM.

    What is found due goes to the perform queue; while no worker runs, a function does the same
    each minute.
    """
    async with (
        aws_foundation(settings) as foundation,
        watching_over(foundation, "strom-worker") as base,
    ):
        # Only here: a function's start may hold nothing open, and a deploy waits for the worker.
        require_served_by_us(await base.tables.directory().get(SCHEMA))
        strom = put_together(base)
        clearing = queue_clearing(base, strom.internal.chargers.edge_alive)
        sweeping = sweep_and_hand_over(
            strom.flow, base.clock, base.queue.put, settings.sweep_interval_s
        )

        def tell(owed: Owed) -> None:
            put_metrics(settings.table, money(owed))

        async with beside(sweeping), beside(_clear(clearing)), watching(strom, tell):
            log.info("the worker sweeps")
            await until_told_to_stop()
        if isinstance(strom.mailer, BackgroundMailer):
            await strom.mailer.drain()


async def _clear(clearing: QueueClearing) -> None:
    while True:
        try:
            await clearing.clear()
        except StromError as error:
            log.warning("queues of edges: %s", error)
        await clearing.clock.sleep(CLEARED_EVERY_S)
