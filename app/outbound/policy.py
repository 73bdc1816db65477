"""Which addresses may be connected to, and what a user is told of those that may not."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from app.charging.errors import BadInput, Unavailable

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The IP addresses of a host; raises ``OSError`` when it has none."""

_NAT64 = IPv6Network("64:ff9b::/96")
_MOST_URL = 2047
_RESOLVE_S = 5.0


@dataclass(frozen=True, slots=True)
class OutboundPolicy:
    """Where we may connect to.

    ``allow_private_hosts``: loopback, the local network and whatever else is not reachable from
    everywhere, also by plain http: a wallet on the same machine or network has no certificate (for
    running at home, and for tests). ``allow_plain_http``: http to anywhere, which shows keys to
    everyone on the way.
    """

    allow_private_hosts: bool = False
    allow_plain_http: bool = False

    async def check_url(self, url: str, *, resolve: Resolve | None = None) -> str:
        """The URL without a trailing slash, or ``BadInput`` that says what is wrong with it."""
        parts = _split(url)
        host, port = parts.hostname or "", _port(parts)
        addresses = await _addresses(host, port, resolve or resolve_host)
        if not self.allow_private_hosts and not all(map(is_public, addresses)):
            raise BadInput("This address is not reachable from the internet.", field="url")
        is_near = all(address.is_loopback for address in addresses) or (
            self.allow_private_hosts and not any(map(is_public, addresses))
        )
        if parts.scheme == "http" and not (is_near or self.allow_plain_http):
            raise BadInput("This address must start with https://.", field="url")
        return url.strip().rstrip("/")

    def allowed(self, addresses: Iterable[str]) -> list[str]:
        """Those of the addresses that may be connected to."""
        if self.allow_private_hosts:
            return list(addresses)
        return [address for address in addresses if is_public(ip_address(address))]


def is_public(address: Address) -> bool:
    """Whether the address is reachable from everywhere, also when it wraps an IPv4 one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast


async def resolve_host(host: str, port: int) -> list[str]:
    """The system's resolver, with a deadline."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_RESOLVE_S):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError as error:
        raise OSError("the name server did not answer") from error
    # A zone ("fe80::1%eth0") is local by nature; without it the address is judged alike.
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def _split(url: str) -> SplitResult:
    text = url.strip()
    if len(text) > _MOST_URL or not text.isprintable() or " " in text or "\\" in text:
        raise BadInput("This is not a web address.", field="url")
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  a bad port raises here
    except ValueError as error:
        raise BadInput("This is not a web address.", field="url") from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise BadInput("This address must start with https://.", field="url")
    if parts.username is not None or parts.password is not None:
        raise BadInput("Leave user name and password out of the address.", field="url")
    if parts.hostname.endswith(".onion"):
        raise BadInput("Onion addresses cannot be reached from here.", field="url")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


async def _addresses(host: str, port: int, resolve: Resolve) -> list[Address]:
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    try:
        found = [ip_address(text) for text in await resolve(host, port)]
    except UnicodeError as error:
        raise BadInput("This is not a web address.", field="url") from error
    except OSError as error:
        raise Unavailable(f"The address {host} could not be found.") from error
    if not found:
        raise Unavailable(f"The address {host} could not be found.")
    return found
