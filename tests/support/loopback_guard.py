"""No test reaches beyond this machine.

An audit hook sees every connect and look-up that Python's socket module makes, whoever calls it,
and no test can forget it or patch it away. Not seen: native code with sockets of its own (uvloop,
nostr-sdk), so tests run on asyncio's loop and give such code loopback addresses only.
"""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

_installed = False


class BeyondLoopbackError(OSError):
    """A test tried to reach another machine."""


def is_loopback(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    if host is None or host in ("", "localhost", "localhost.") or not isinstance(host, str):
        return True
    if host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or address.is_unspecified


def _refuse(what: str, host: object) -> None:
    raise BeyondLoopbackError(
        f"tests stay on this machine: {what} {host!r} refused; start a server on 127.0.0.1 "
        "(tests/support/servers.py) or use the port's fake"
    )


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        # Unix and netlink sockets have no (host, port).
        if isinstance(address, tuple) and len(address) >= 2 and not is_loopback(address[0]):
            _refuse("a connection to", address[0])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and not is_loopback(arguments[0]):
        _refuse("the look-up of", arguments[0])


def install() -> None:
    global _installed
    if not _installed:
        _installed = True
        sys.addaudithook(_hook)
