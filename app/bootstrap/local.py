"""What one process stands on: a table wherever it is, key files, a bus in memory."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from app.bootstrap.foundation import Foundation, SystemChance, SystemClock, outbound_policy
from app.bootstrap.own_keys import require_own_keys
from app.charging.errors import StorageError, Unavailable
from app.command_bus.in_process import InProcessBus
from app.envelope import KeyFileEnvelope, previous_keys, read_or_make_key
from app.flow import PerformQueue
from app.migrations import Migrator, require_served_by_us
from app.migrations.history import MIGRATIONS
from app.outbound.client import guarded_client
from app.records.schema_version import KEY as SCHEMA
from app.settings import Settings
from app.storage.connection import Credentials, Endpoint
from app.storage.dynamo import DynamoTables

log = logging.getLogger(__name__)
TABLE_PAUSES_S = (0.5, 1, 2, 4)
NOT_ON_AWS = "for a table that is not on AWS set STROM_DYNAMODB_ENDPOINT"


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
