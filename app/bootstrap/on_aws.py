"""The parts on AWS: KMS instead of a key file, SQS instead of queues in memory, STS for tenants."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import httpx
import msgspec

from app.aws import Aws, Surroundings
from app.aws.calls import aws_client
from app.aws.kms import KmsWrapping
from app.aws.secrets import previous_secret_keys, secret_key, secret_text
from app.bootstrap.foundation import Foundation, SystemChance, SystemClock, outbound_policy
from app.charging.ports import Clock
from app.command_bus.sqs import SqsBus
from app.command_bus.sqs_clearing import QueueClearing
from app.command_bus.sqs_perform import SqsPerformQueue
from app.envelope import SPOT_PRICES, WALLETS, DataKeyEnvelope, Envelope
from app.outbound.client import guarded_client
from app.settings import Secret, Settings, SettingsError
from app.storage.connection import Credentials, Endpoint
from app.storage.dynamo import DynamoTables
from app.storage.tenant_credentials import AssumesRoles, TenantCredentials
from app.wallets.remote import Asks

ASKED_WITHIN_S = 25
"""An invoice must be there before the wallet that waits for it gives up (30 s)."""
NEEDED = ("kms_key", "server_key_secret", "perform_queue_url", "edge_queue_prefix")


@dataclass(frozen=True, slots=True)
class KindsOfSecrets:
    """The envelope on AWS: data keys of a kind of their own for wallets, and for price sources.

    Who may not unwrap data keys of the kind ``wallet`` opens no wallet; sealing asks for less. Who
    quotes a price opens what its source asks for, and no password of a charge point.
    """

    wallet: Envelope
    prices: Envelope
    setup: Envelope

    async def seal(self, tenant: str, purpose: str, plaintext: bytes) -> bytes:
        """Encrypt."""
        return await self._of(purpose).seal(tenant, purpose, plaintext)

    async def open(self, tenant: str, purpose: str, sealed: bytes) -> bytes:
        """Decrypt; raises ``Unavailable``."""
        return await self._of(purpose).open(tenant, purpose, sealed)

    def _of(self, purpose: str) -> Envelope:
        return {WALLETS: self.wallet, SPOT_PRICES: self.prices}.get(purpose, self.setup)


@asynccontextmanager
async def aws_foundation(settings: Settings) -> AsyncIterator[Foundation]:
    """What everything stands on, on AWS; raises ``SettingsError`` where a setting is missing."""
    require(settings, NEEDED)
    credentials, tls = Surroundings(), httpx.create_ssl_context(trust_env=False)
    # Over a connection that is closed again: one that is open would be in the snapshot.
    async with aws_client(tls) as client:
        aws = Aws(settings.dynamodb_region, client, credentials, settings.aws_endpoint)
        server_key = await secret_key(aws, settings.server_key_secret)
        older = await previous_secret_keys(aws, settings.server_key_secret)
        front = await secret_text(aws, settings.front_secret) if settings.front_secret else ""
        settings = await _with_mail(aws, settings)
    tables = tenants_table(settings, credentials)
    tables.prepare()
    http = guarded_client(outbound_policy(settings), tls=tls)
    async with aws_client(tls) as client:
        aws = Aws(settings.dynamodb_region, client, credentials, settings.aws_endpoint)
        try:
            made = foundation_on(aws, settings, tables, http, server_key)
            yield replace(made, older_server_keys=older, front_key=front)
        finally:
            await http.aclose()
            tables.close()


def foundation_on(
    aws: Aws,
    settings: Settings,
    tables: DynamoTables,
    http: httpx.AsyncClient,
    server_key: bytes,
    clock: Clock | None = None,
) -> Foundation:
    """The parts over AWS; nothing is asked of it yet."""
    queue = SqsPerformQueue(aws, settings.perform_queue_url)
    return Foundation(
        settings=settings,
        tables=tables,
        clock=clock or SystemClock(),
        chance=SystemChance(),
        bus=SqsBus(aws, settings.edge_queue_prefix),
        queue=queue,
        bring=queue.bring,
        http=http,
        server_key=server_key,
        envelope=_envelope(aws, settings),
        asks_wallets=_asking(aws, settings) if settings.perform_function else None,
    )


def queue_clearing(base: Foundation, is_alive: Callable[[str], Awaitable[bool]]) -> QueueClearing:
    """What removes the queues of edges that were killed."""
    assert isinstance(base.bus, SqsBus)  # as it was made above
    return QueueClearing(base.bus.aws, base.bus.prefix, is_alive, base.clock)


def require(settings: Settings, names: tuple[str, ...]) -> None:
    """Raise ``SettingsError`` for the first of these that is empty."""
    for name in names:
        if not getattr(settings, name):
            raise SettingsError(f"STROM_{name.upper()}: is needed on AWS")


async def _with_mail(aws: Aws, settings: Settings) -> Settings:
    """With the mail server's password, where it is kept as a secret."""
    if not settings.smtp_secret:
        return settings
    text = await secret_text(aws, settings.smtp_secret)
    try:
        kept = msgspec.json.decode(text, type=_MailSecret)
    except msgspec.DecodeError:
        raise SettingsError("STROM_SMTP_SECRET: names a secret without user and password") from None
    return settings.changed(smtp_user=kept.user, smtp_password=Secret(kept.password))


class _MailSecret(msgspec.Struct, frozen=True):
    user: str
    password: str


def tenants_table(settings: Settings, credentials: Surroundings | None = None) -> DynamoTables:
    """The table, tenants' rows by keys of their own."""
    ours = credentials or Surroundings()
    url = settings.dynamodb_endpoint or None
    role = settings.tenant_role
    endpoint = Endpoint(
        settings.dynamodb_region,
        url,
        Credentials("local", "local") if url else None,
        tenant_credentials=TenantCredentials(_sts(settings, ours), role) if role else None,
    )
    return DynamoTables(endpoint, settings.table)


def _sts(settings: Settings, credentials: Surroundings) -> Callable[[], AssumesRoles]:
    def made() -> AssumesRoles:
        from app.aws.sts import Sts  # where tenants have keys of their own

        return Sts(settings.dynamodb_region, credentials, settings.aws_endpoint)

    return made


def _envelope(aws: Aws, settings: Settings) -> Envelope:
    return KindsOfSecrets(
        wallet=DataKeyEnvelope(KmsWrapping(aws, settings.kms_key, "wallet")),
        prices=DataKeyEnvelope(KmsWrapping(aws, settings.kms_key, "prices")),
        setup=DataKeyEnvelope(KmsWrapping(aws, settings.kms_key, "setup")),
    )


def _asking(aws: Aws, settings: Settings) -> Asks:
    async def asks(question: bytes) -> bytes:
        return await aws.invoke(settings.perform_function, question, timeout_s=ASKED_WITHIN_S)

    return asks
