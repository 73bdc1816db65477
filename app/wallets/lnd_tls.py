"""Connections to an LND that shows its own, self-signed certificate.

LND makes itself a certificate that names localhost and its own addresses, rarely the name under
which an owner's provider reaches it. So it is recognised by its SHA-256 fingerprint instead of
by an authority and a name: exactly the certificate the owner entered, checked when the connection
is made and before a byte of the request is sent. The handshake itself proves that the server has
the key. Where may be connected to is the ``OutboundPolicy``'s to say, as for every client.
"""

import contextlib
import ssl
from collections.abc import AsyncIterator, Iterable
from hashlib import sha256
from typing import Any

import httpcore
import httpx

from app.outbound import OutboundPolicy, Resolve, resolve_host
from app.outbound.client import GuardedBackend
from app.wallets.lnd_api import OTHER_CERTIFICATE

_MOST_CONNECTIONS = 20


class PinnedHttp:
    """The client of one wallet. It is made when it is needed and may be needed after ``close``."""

    def __init__(
        self,
        policy: OutboundPolicy,
        fingerprints: frozenset[str],
        *,
        resolve: Resolve = resolve_host,
    ) -> None:
        self._backend = _PinnedBackend(policy, fingerprints, resolve)
        self._client: httpx.AsyncClient | None = None
        self._users = 0
        self._is_closing = False

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """The client, open until the last user has left."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=_PinnedTransport(self._backend), follow_redirects=False, trust_env=False
            )
        self._users += 1
        try:
            yield self._client
        finally:
            self._users -= 1
            await self._close_unused()

    async def close(self) -> None:
        """Close it once calls under way are done."""
        self._is_closing = True
        await self._close_unused()

    async def _close_unused(self) -> None:
        if self._is_closing and not self._users and self._client is not None:
            client, self._client = self._client, None
            await client.aclose()


class _PinnedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport above a pool whose connections are opened by our backend."""

    def __init__(self, backend: "_PinnedBackend") -> None:
        super().__init__(trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_context(), max_connections=_MOST_CONNECTIONS, network_backend=backend
        )


class _PinnedBackend(GuardedBackend):
    """Connects to allowed addresses only, and speaks TLS with the known certificates only."""

    def __init__(
        self, policy: OutboundPolicy, fingerprints: frozenset[str], resolve: Resolve
    ) -> None:
        super().__init__(policy, resolve)
        self._fingerprints = fingerprints

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect as the guard does; what is said on the connection waits for TLS."""
        stream = await super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _PinnedStream(stream, self._fingerprints)


class _PinnedStream(httpcore.AsyncNetworkStream):
    """A connection that becomes encrypted with a known certificate, or is closed."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, fingerprints: frozenset[str]) -> None:
        self._stream = stream
        self._fingerprints = fingerprints

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Never: nothing is said in the clear to a wallet with a certificate."""
        raise httpcore.ReadError("not encrypted")

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Never, as for ``read``."""
        raise httpcore.WriteError("not encrypted")

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Encrypt, then look at the certificate."""
        secured = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        found = secured.get_extra_info("ssl_object").getpeercert(binary_form=True)
        if sha256(found or b"").hexdigest() not in self._fingerprints:
            await secured.aclose()
            raise httpcore.ConnectError(OTHER_CERTIFICATE)
        return secured

    def get_extra_info(self, info: str) -> Any:
        """What the connection below knows."""
        return self._stream.get_extra_info(info)


def _context() -> ssl.SSLContext:
    """No authority and no name: ``_PinnedStream`` compares the certificate itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
