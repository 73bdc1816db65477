"""Parts to look at an installation with: nothing is made, and nothing that is missing stops it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.aws import Aws, Surroundings
from app.aws.calls import aws_client
from app.bootstrap.foundation import Foundation, SystemChance, outbound_policy
from app.bootstrap.local import table_of
from app.bootstrap.on_aws import NEEDED, foundation_on, tenants_table
from app.charging.errors import Unavailable
from app.charging.ports import Clock
from app.command_bus.in_process import InProcessBus
from app.envelope import Envelope, KeyFileEnvelope, read_or_make_key
from app.flow import PerformQueue
from app.outbound.client import guarded_client
from app.settings import Settings
from app.storage.dynamo import DynamoTables


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What there is to look at."""

    base: Foundation
    tables: DynamoTables
    aws: Aws | None
    """None at home."""


@dataclass(frozen=True, slots=True)
class ClosedEnvelope:
    """Where the key file is missing: nothing opens, and no new key is made."""

    why: str

    async def seal(self, tenant: str, purpose: str, plaintext: bytes) -> bytes:
        """Never."""
        raise Unavailable(self.why)

    async def open(self, tenant: str, purpose: str, sealed: bytes) -> bytes:
        """Never."""
        raise Unavailable(self.why)


def is_on_aws(settings: Settings) -> bool:
    """Whether these settings are for the parts on AWS, and not for `strom serve`."""
    return any(getattr(settings, name) for name in NEEDED)


@asynccontextmanager
async def looked_at(
    settings: Settings, queue: PerformQueue, clock: Clock
) -> AsyncIterator[LookedAt]:
    """The parts over the table as it is."""
    on_aws = is_on_aws(settings)
    tables = tenants_table(settings) if on_aws else table_of(settings)
    http = guarded_client(outbound_policy(settings))
    try:
        async with http, aws_client() as client:
            if on_aws:
                region, endpoint = settings.dynamodb_region, settings.aws_endpoint
                aws = Aws(region, client, Surroundings(), endpoint)
                # Nothing that is looked at is signed with the server key.
                base = foundation_on(aws, settings, tables, http, bytes(32), clock)
                yield LookedAt(base, tables, aws)
                return
            base = Foundation(
                settings=settings,
                tables=tables,
                clock=clock,
                chance=SystemChance(),
                bus=InProcessBus(),
                queue=queue,
                http=http,
                server_key=_key(settings.data_dir / "server.key"),
                envelope=_envelope(settings.data_dir / "master.key"),
            )
            yield LookedAt(base, tables, None)
    finally:
        tables.close()


def _key(file: Path) -> bytes:
    try:
        return read_or_make_key(file) if _exists(file) else bytes(32)
    except (OSError, ValueError):
        return bytes(32)


def _envelope(file: Path) -> Envelope:
    if not _exists(file):
        return ClosedEnvelope(f"the key file {file} is missing")
    try:
        return KeyFileEnvelope(file)
    except (OSError, ValueError):
        return ClosedEnvelope(f"the key file {file} cannot be read")


def _exists(file: Path) -> bool:
    try:
        return file.exists()
    except OSError:
        return False
