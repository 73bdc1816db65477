"""Edges: of this process, or by themselves on AWS.

Apart from the composition, so that what holds no sockets does not load what holds them.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx

from app.aws import Aws, SignedRequests, Surroundings
from app.aws.calls import aws_client
from app.bootstrap.foundation import Foundation, SystemChance, SystemClock
from app.bootstrap.on_aws import require
from app.bootstrap.room_settings import upstream_policy
from app.bootstrap.telemetry import make_tracer
from app.charging.ports import Chance, Clock
from app.command_bus.sqs import SqsBus
from app.edge_messages import CommandBus
from app.ocpp_edge.app_client import HttpAppClient
from app.ocpp_edge.edge import Edge
from app.ocpp_edge.fleet.metrics import Metrics
from app.ocpp_edge.settings import EdgeSettings
from app.ocpp_edge.upstream import UpstreamSettings
from app.records.ids import new_id
from app.settings import Settings
from app.telemetry.tracing import NO_TRACES, Tracer


def edge_settings(settings: Settings, chance: Chance) -> EdgeSettings:
    """One edge instance, with a name of its own at each start."""
    instance = f"edge-{new_id(chance)}"
    return EdgeSettings(
        host=settings.host,
        port=settings.edge_port,
        tls_port=settings.edge_tls_port,
        tls_certificate=settings.edge_tls_certificate,
        tls_key=settings.edge_tls_key,
        behind_tls=settings.edge_behind_tls,
        instance=instance,
        queue=instance,
        lease_s=settings.edge_lease_s,
        heartbeat_interval_s=settings.heartbeat_interval_s,
        call_timeout_s=settings.call_timeout_s,
        readings_every_s=settings.watched_readings_s,
        drain_s=settings.drain_s,
        frames_per_s=settings.charger_frames_per_s,
        tenant_frames_per_s=settings.tenant_frames_per_s,
        connects_per_minute=settings.connects_per_minute,
        refusals_per_minute=settings.refusals_per_minute,
        recent_frames=settings.recent_frames,
        metrics_host=settings.metrics_host,
        metrics_port=settings.metrics_port,
        upstream=UpstreamSettings(policy=upstream_policy(settings)),
    )


def make_edge(base: Foundation, internal: Any) -> Edge:
    """The edge of this process: it calls the internal surface, an ASGI app, without a socket."""
    transport = httpx.ASGITransport(app=internal)
    http = httpx.AsyncClient(transport=transport, base_url="http://internal")
    settings = edge_settings(base.settings, base.chance)
    return edge_over(
        http, settings, base.bus, base.clock, base.chance, base.tracer, base.numbers.report
    )


def edge_over(
    http: httpx.AsyncClient,
    settings: EdgeSettings,
    bus: CommandBus,
    clock: Clock,
    chance: Chance,
    tracer: Tracer = NO_TRACES,
    more_numbers: Callable[[], str] | None = None,
) -> Edge:
    """An edge whose app is at the other end of a client."""
    metrics = Metrics()
    client = HttpAppClient(http, timeout_s=settings.app_timeout_s, metrics=metrics)
    return Edge(settings, client, bus, clock, chance, metrics, tracer, more_numbers)


@asynccontextmanager
async def remote_edge(settings: Settings) -> AsyncIterator[Edge]:
    """An edge by itself: the app at a Function URL, commands from a queue of its own.

    The queue is there before the first charge point, and gone after the last.
    """
    require(settings, ("internal_url", "edge_queue_prefix"))
    clock, chance, credentials = SystemClock(), SystemChance(), Surroundings()
    ours = edge_settings(settings, chance)
    signed = SignedRequests(credentials, "lambda", settings.dynamodb_region)
    limits = httpx.Limits(max_connections=400, max_keepalive_connections=100)
    async with (
        aws_client() as client,
        httpx.AsyncClient(
            base_url=settings.internal_url, auth=signed, limits=limits, trust_env=False
        ) as http,
    ):
        aws = Aws(settings.dynamodb_region, client, credentials, settings.aws_endpoint)
        bus = SqsBus(aws, settings.edge_queue_prefix)
        async with _certificate(aws, settings.edge_tls_acm, clock, chance) as path:
            if path:
                ours = replace(ours, tls_certificate=path, tls_key=path)
            await bus.open(ours.queue)
            tracer = make_tracer(settings, "strom-edge", ours.instance, chance)
            try:
                yield edge_over(http, ours, bus, clock, chance, tracer)
            finally:
                await tracer.close()
                await bus.remove(ours.queue)


@asynccontextmanager
async def _certificate(aws: Aws, arn: str, clock: Clock, chance: Chance) -> AsyncIterator[str]:
    """A file that has it, and the next after it; empty where none is named."""
    if not arn:
        yield ""
        return
    from app.aws.certificates import exported_certificate  # with what opens keys

    async with exported_certificate(aws, arn, clock, chance) as path:
        yield path
