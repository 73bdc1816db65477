"""Listening on a port: a crowd is taken in at once, not one after the other.

libuv, which is below the event loop, accepts one socket of a port in each round. A round in which
hundreds are talked to is long, and meanwhile the kernel's queue overflows: what it drops comes
again a second later, then after three, seven, fifteen and more. So a port is listened on several
times over, as the same socket: so many are accepted in a round.
"""

import os
import socket
from collections.abc import Awaitable, Callable

from websockets.asyncio.server import Server

QUEUE = 4096
"""Sockets the kernel holds for us: when all charge points come back at once, none must wait for
its modem to knock again."""
ACCEPTED_AT_ONCE = 32
"""Before others have their turn."""

Listen = Callable[..., Awaitable[Server]]
"""`websockets.asyncio.server.serve` with all but where to listen."""


class Listening:
    """One port, at all addresses that the host's name has."""

    def __init__(self, servers: list[Server]) -> None:
        self._servers = servers

    @property
    def port(self) -> int:
        """Which it is."""
        port: int = self._servers[0].sockets[0].getsockname()[1]
        return port

    def close(self) -> None:
        """Take no more sockets; those that are open stay."""
        for server in self._servers:
            server.close(close_connections=False)

    async def wait_closed(self) -> None:
        """Wait until every socket that was taken is closed."""
        for server in self._servers:
            await server.wait_closed()


async def listen(serve: Listen, host: str, port: int) -> Listening:
    """Listen there; port 0 is any free one. Raises ``OSError`` when it is taken."""
    first = await serve(host=host, port=port, backlog=1)
    servers = [first]
    for listening in tuple(first.sockets):
        for _ in range(ACCEPTED_AT_ONCE - 1):
            same = socket.socket(fileno=os.dup(listening.fileno()))
            servers.append(await serve(sock=same, backlog=1))
        with socket.socket(fileno=os.dup(listening.fileno())) as same:
            same.listen(QUEUE)  # asyncio has one number for this and for what it accepts in a row
    return Listening(servers)
