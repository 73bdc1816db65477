"""The HTTP client that connects to allowed addresses only."""

import ssl
from collections.abc import Iterable

import httpcore
import httpx

from app.outbound.policy import OutboundPolicy, Resolve, resolve_host

_SocketOptions = Iterable[
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
]


def guarded_client(
    policy: OutboundPolicy,
    *,
    resolve: Resolve = resolve_host,
    most_connections: int = 200,
    tls: ssl.SSLContext | None = None,
) -> httpx.AsyncClient:
    """An HTTP client for addresses that users gave; it follows no redirects.

    It takes no proxy from the environment: a proxy would connect where the policy cannot look.
    A refused address raises ``httpx.ConnectError``, like any that cannot be reached. ``tls``: where
    this process has read its authorities already, which takes some 15 ms.
    """
    tls = tls or httpx.create_ssl_context(trust_env=False)
    return httpx.AsyncClient(
        transport=_GuardedTransport(policy, resolve, most_connections, tls),
        timeout=10.0,
        follow_redirects=False,
        trust_env=False,
    )


class _GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport above a pool whose connections are opened by the guard.

    httpx has no parameter for httpcore's (public) network backend, hence the pool is put in
    place of the one it made.
    """

    def __init__(
        self, policy: OutboundPolicy, resolve: Resolve, most_connections: int, tls: ssl.SSLContext
    ) -> None:
        super().__init__(trust_env=False, verify=tls)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=most_connections,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=GuardedBackend(policy, resolve),
        )


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves by itself and connects to the checked address; TLS still verifies the name."""

    def __init__(self, policy: OutboundPolicy, resolve: Resolve) -> None:
        self._policy = policy
        self._resolve = resolve
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _SocketOptions | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first allowed address of the host that answers."""
        try:
            addresses = self._policy.allowed(await self._resolve(host, port))
        except (OSError, ValueError) as error:
            raise httpcore.ConnectError(f"{host} could not be found") from error
        failure: Exception = httpcore.ConnectError(f"{host} is not reachable from the internet")
        for address in addresses:
            try:
                return await self._backend.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: _SocketOptions | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Never: nothing that users name is a socket of this machine."""
        raise httpcore.ConnectError("no unix sockets")

    async def sleep(self, seconds: float) -> None:
        """The pause between httpcore's own retries."""
        await self._backend.sleep(seconds)
