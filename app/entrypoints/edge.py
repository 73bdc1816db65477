"""``strom edge``: the sockets of charge points, and nothing else; the app is elsewhere."""

import asyncio

from app.bootstrap.edges import remote_edge
from app.entrypoints.emf import put_metrics
from app.entrypoints.loops import beside
from app.entrypoints.serve import allow_many_sockets, collect_seldom, until_told_to_stop
from app.ocpp_edge.edge import Edge
from app.settings import Settings, SettingsError

COUNTED_EVERY_S = 30


async def run_edge(settings: Settings) -> None:
    """Hold sockets until SIGTERM; then let charge points go one after another."""
    if settings.acme_domains:
        raise SettingsError("STROM_ACME_DOMAINS: `strom edge` gets no certificates, the load "
                            "balancer in front has them")  # fmt: skip
    allow_many_sockets()
    collect_seldom()
    async with remote_edge(settings) as edge:
        await edge.start()
        try:
            async with beside(_count(edge, settings.table)):
                await until_told_to_stop()
        finally:
            await edge.stop()


async def _count(edge: Edge, namespace: str) -> None:
    """What autoscaling and alarms go by: who is here, and how many went since the last time."""
    dropped = 0
    while True:
        before, dropped = dropped, edge.metrics.drops.total()
        numbers = {"Connected": (edge.connected, "Count"), "Dropped": (dropped - before, "Count")}
        put_metrics(namespace, numbers)
        await asyncio.sleep(COUNTED_EVERY_S)
