"""Which traces, and where numbers are counted."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from app.bootstrap.foundation import Foundation
from app.charging.ports import Chance
from app.settings import Settings
from app.storage.counted import CountedTables
from app.telemetry.tracing import NO_TRACES, Tracer


def make_tracer(settings: Settings, service: str, instance: str, chance: Chance) -> Tracer:
    """The tracer of this process; without a collector to send to nothing is even imported.

    ``service`` is the part of Strom that this process is, ``instance`` which of them.
    """
    if not settings.traces_endpoint:
        return NO_TRACES
    from app.telemetry.otlp import Traced, otlp_tracer

    traced = Traced(
        endpoint=settings.traces_endpoint,
        share=settings.traces_share,
        service=os.environ.get("OTEL_SERVICE_NAME", "") or service,
        instance=instance,
        version=_version(),
    )
    return otlp_tracer(traced, chance.token_bytes)


def watched_over(base: Foundation, service: str, *, is_snapped: bool = False) -> Foundation:
    """The same foundation, traced, and with the table's calls counted.

    ``is_snapped``: it is made once for many instances, so no chance is used now.
    """
    instance = "" if is_snapped else base.chance.token_bytes(8).hex()
    tracer = make_tracer(base.settings, service, instance, base.chance)
    return replace(base, tracer=tracer, tables=CountedTables(base.tables, base.numbers))


@asynccontextmanager
async def watching_over(base: Foundation, service: str) -> AsyncIterator[Foundation]:
    """The same while it lasts; then the last spans are handed over."""
    watched = watched_over(base, service)
    try:
        yield watched
    finally:
        await watched.tracer.close()


def _version() -> str:
    try:
        return version("strom")
    except PackageNotFoundError:  # functions are unpacked, not installed
        return "unknown"
