"""The door that relay connections leave by: only to a wallet's relays, only to allowed addresses.

nostr-sdk connects from native code and resolves names by itself, so a look at the address
beforehand could be deceived by a name that resolves differently a moment later. It can be told
to go through a SOCKS5 proxy (RFC 1928) and then leaves resolving to it: this one, on loopback,
for one wallet. TLS stays between nostr-sdk and the relay. It accepts names of this wallet's
relays alone, so it is of no use to anybody else on the machine.
"""

import asyncio
import contextlib
import ipaddress
import logging

from app.outbound import OutboundPolicy, Resolve, resolve_host

_log = logging.getLogger(__name__)

_GREET_S = 5.0
_CONNECT_S = 5.0
_CHUNK = 65_536
_OK, _NOT_ALLOWED, _UNREACHABLE = 0, 2, 4

Place = tuple[str, int]
"""Host, in lower case, and port."""


class RelayDoor:
    """A SOCKS5 server for one wallet's relays."""

    def __init__(
        self, policy: OutboundPolicy, places: set[Place], *, resolve: Resolve = resolve_host
    ) -> None:
        self._policy = policy
        self._places = places
        self._resolve = resolve
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> str:
        """Listen on loopback; gives the address."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        """Stop listening and cut what is open."""
        if self._server is not None:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        """Cut every connection; new ones are let through."""
        for writer in list(self._open):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, TimeoutError, asyncio.CancelledError):
            async with asyncio.timeout(_GREET_S):
                place = await _greet(reader, writer)
            await self._pass_on(place, reader, writer)
        writer.close()

    async def _pass_on(
        self, place: Place, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            beyond_reader, beyond_writer = await self._connect(place)
        except PermissionError:
            writer.write(_reply(_NOT_ALLOWED))
            return
        except (OSError, ValueError, TimeoutError):
            writer.write(_reply(_UNREACHABLE))
            return
        writer.write(_reply(_OK))
        self._open |= {writer, beyond_writer}
        try:
            await asyncio.gather(_pump(reader, beyond_writer), _pump(beyond_reader, writer))
        finally:
            self._open -= {writer, beyond_writer}

    async def _connect(self, place: Place) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if place not in self._places:
            raise PermissionError
        host, port = place
        found = await self._addresses(host, port)
        addresses = self._policy.allowed(found)
        if not addresses:
            _log.warning("the relay %s is not reachable from the internet; not connected", host)
            raise PermissionError
        failure: Exception = OSError("no address")
        for address in addresses:
            try:
                async with asyncio.timeout(_CONNECT_S):
                    return await asyncio.open_connection(address, port)
            except (OSError, TimeoutError) as error:
                failure = error
        raise failure

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            return await self._resolve(host, port)


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Place:
    """The greeting and the request to connect, without authentication."""
    _, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(b"\x05\x00")
    _, command, _, kind = await reader.readexactly(4)
    if command != 1:
        raise EOFError
    if kind == 3:
        length = (await reader.readexactly(1))[0]
        host = (await reader.readexactly(length)).decode("ascii", errors="replace")
    else:
        host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))
    port = int.from_bytes(await reader.readexactly(2), "big")
    return host.lower(), port


def _reply(code: int) -> bytes:
    return bytes([5, code, 0, 1, 0, 0, 0, 0, 0, 0])


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
