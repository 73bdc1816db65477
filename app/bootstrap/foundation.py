"""What everything stands on: tables, clock, chance, bus, keys; a test brings its own."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from app.bootstrap.own_keys import require_own_keys
from app.charging.errors import StorageError, Unavailable
from app.charging.ports import Chance, Clock, Tables
from app.command_bus.in_process import InProcessBus
from app.edge_messages import CommandBus
from app.envelope import Envelope, KeyFileEnvelope, previous_keys, read_or_make_key
from app.flow import PerformQueue
from app.migrations import Migrator, require_served_by_us
from app.migrations.history import MIGRATIONS
from app.outbound.client import guarded_client
from app.outbound.policy import OutboundPolicy
from app.records.schema_version import KEY as SCHEMA
from app.settings import Settings
from app.storage.connection import Credentials, Endpoint
from app.storage.dynamo import DynamoTables

log = logging.getLogger(__name__)
TABLE_PAUSES_S = (0.5, 1, 2, 4)
NOT_ON_AWS = "for a table that is not on AWS set STROM_DYNAMODB_ENDPOINT"


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
    older_server_keys: tuple[bytes, ...] = ()
    """What these have signed is still good (`strom rotate server-key`)."""


def outbound_policy(settings: Settings) -> OutboundPolicy:
    """Where we may connect to on a user's word."""
    return OutboundPolicy(allow_private_hosts=settings.allow_private_hosts)


@asynccontextmanager
async def local_foundation(
    settings: Settings, queue: PerformQueue, *, endpoint: str = "", migrate: bool = False
) -> AsyncIterator[Foundation]:
    """The parts of one process: DynamoDB wherever it is, key files, an in-process bus.

    ``migrate``: bring rows that an older Strom wrote up to date first; else they are refused. And
    hold the key files against those that the table was served with.
    """
    # A watched invoice may hold a connection for as long as it is open.
    most_connections = 200 + settings.watched_payments
    http = guarded_client(outbound_policy(settings), most_connections=most_connections)
    async with local_tables(settings, endpoint=endpoint) as tables, http:
        whole = tables.whole()
        if migrate:
            await Migrator(whole, SystemClock(), MIGRATIONS).migrate()
        require_served_by_us(await whole.get(SCHEMA))
        if migrate:
            await require_own_keys(tables, settings.data_dir)
        yield Foundation(
            settings=settings,
            tables=tables,
            clock=SystemClock(),
            chance=SystemChance(),
            bus=InProcessBus(),
            queue=queue,
            http=http,
            server_key=read_or_make_key(settings.data_dir / "server.key"),
            older_server_keys=previous_keys(settings.data_dir / "server.key"),
            envelope=KeyFileEnvelope(settings.data_dir / "master.key"),
        )


def table_of(settings: Settings, *, endpoint: str = "") -> DynamoTables:
    """The table of one process as it is; wherever it is."""
    url = endpoint or settings.dynamodb_endpoint or None
    # An endpoint of one's own knows no AWS credentials, but asks for some.
    credentials = Credentials("local", "local") if url else None
    return DynamoTables(Endpoint(settings.dynamodb_region, url, credentials), settings.table)


@asynccontextmanager
async def local_tables(settings: Settings, *, endpoint: str = "") -> AsyncIterator[DynamoTables]:
    """The table of one process, made if it is absent; wherever it is."""
    tables = table_of(settings, endpoint=endpoint)
    try:
        try:
            await ready(tables.ensure_table)
        except Unavailable as error:
            is_local = endpoint or settings.dynamodb_endpoint
            hint = "" if is_local else f"; {NOT_ON_AWS}"
            raise Unavailable(str(error) + hint) from error
        yield tables
    finally:
        tables.close()


async def ready(ensure_table: Callable[[], Awaitable[None]]) -> None:
    """Make the table; one that is started together with us may not answer at once."""
    for pause_s in TABLE_PAUSES_S:
        try:
            await ensure_table()
        except (StorageError, Unavailable) as error:
            log.warning("the table does not answer yet: %s", error)
            await asyncio.sleep(pause_s)
        else:
            return
    await ensure_table()
