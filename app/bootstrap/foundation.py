"""What everything stands on: tables, clock, chance, bus, keys; a test brings its own."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from app.charging.ports import Chance, Clock, Tables
from app.edge_messages import CommandBus
from app.envelope import Envelope
from app.flow import Bring, PerformQueue
from app.outbound.policy import OutboundPolicy
from app.settings import Settings
from app.telemetry.numbers import Numbers
from app.telemetry.tracing import NO_TRACES, Tracer


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """The present moment, UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class SystemChance:
    """The operating system's randomness."""

    def token_bytes(self, count: int) -> bytes:
        """Unpredictable bytes."""
        return secrets.token_bytes(count)

    def below(self, limit: int) -> int:
        """An unpredictable number."""
        return secrets.randbelow(limit)


@dataclass(frozen=True, slots=True)
class Foundation:
    """What everything stands on; a test or a simulation brings its own."""

    settings: Settings
    tables: Tables
    clock: Clock
    chance: Chance
    bus: CommandBus
    queue: PerformQueue
    http: httpx.AsyncClient
    """For addresses that users gave: guarded."""
    server_key: bytes
    """32 bytes; signs links and cookies."""
    envelope: Envelope
    asks_wallets: Callable[[bytes], Awaitable[bytes]] | None = None
    """Given where wallets are opened by another process (`app.wallets.remote`)."""
    bring: Bring | None = None
    """Given where owed effects can be brought back at their time, and not only found by a sweep."""
    older_server_keys: tuple[bytes, ...] = ()
    """What these have signed is still good (`strom rotate server-key`)."""
    front_key: str = field(default="", repr=False)
    """What our front shows with every request; empty where there is none."""
    tracer: Tracer = NO_TRACES
    numbers: Numbers = field(default_factory=Numbers)


def outbound_policy(settings: Settings) -> OutboundPolicy:
    """Where we may connect to on a user's word."""
    return OutboundPolicy(allow_private_hosts=settings.allow_private_hosts)
