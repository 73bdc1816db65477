"""PynamoDB's connection with our limits and the guard on whatever client it makes."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from pynamodb.connection import Connection

from app.storage.guard import install
from app.storage.tenant_credentials import TenantCredentials, sign_for_tenants


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys for DynamoDB; where none are given, botocore finds those of its surroundings."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where DynamoDB is and how long to wait for it.

    A write is sent once: sent twice by itself, an addition would count twice. Who writes reads
    first and then decides. A read is asked again when its answer is lost or it was
    throttled.
    """

    region: str
    url: str | None = None
    credentials: Credentials | None = None
    connect_timeout_s: float = 1.0
    read_timeout_s: float = 2.0
    read_attempts: int = 2
    threads: int = 16
    tenant_credentials: TenantCredentials | None = None
    """Given where tenants' rows are reached with keys of their own."""


class GuardedConnection(Connection):
    """A connection none of whose clients sends what the guard has not seen."""

    def __init__(self, endpoint: Endpoint) -> None:
        given = endpoint.credentials
        super().__init__(
            region=endpoint.region,
            host=endpoint.url,
            connect_timeout_seconds=endpoint.connect_timeout_s,
            read_timeout_seconds=endpoint.read_timeout_s,
            max_retry_attempts=0,
            retry_configuration="LEGACY",  # PynamoDB's word for "as max_retry_attempts says"
            max_pool_connections=endpoint.threads,
            aws_access_key_id=given.access_key_id if given else None,
            aws_secret_access_key=given.secret_access_key if given else None,
            aws_session_token=given.session_token if given else None,
        )
        self._tenant_credentials = endpoint.tenant_credentials
        self._guarded: object = None
        self._making = Lock()

    @property
    def client(self) -> Any:
        """The botocore client. PynamoDB makes another while credentials are missing."""
        with self._making:
            client = super().client
            if client is not self._guarded:
                install(client)
                if self._tenant_credentials is not None:
                    sign_for_tenants(client, self._tenant_credentials)
                self._guarded = client
            return client
