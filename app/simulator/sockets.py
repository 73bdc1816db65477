"""The wire: a websocket as the charger uses it, small enough for a test to replace."""

import base64
from typing import Protocol
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol


class Offline(Exception):
    """There is no connection, or it ended."""


class Socket(Protocol):
    """What the charger needs of a connection. Every method may raise ``Offline``."""

    async def send(self, text: str) -> None:
        """Send one frame."""
        ...

    async def recv(self) -> str:
        """Wait for the next frame."""
        ...

    async def close(self) -> None:
        """Say goodbye properly."""
        ...

    def abort(self) -> None:
        """Cut the connection without a word, as a lost network does."""
        ...


class WebSocket:
    """A real websocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def send(self, text: str) -> None:
        """Send one frame."""
        try:
            await self._connection.send(text)
        except ConnectionClosed as error:
            raise Offline(str(error)) from error

    async def recv(self) -> str:
        """Wait for the next frame."""
        try:
            frame = await self._connection.recv()
        except ConnectionClosed as error:
            raise Offline(str(error)) from error
        return frame if isinstance(frame, str) else frame.decode(errors="replace")

    async def close(self) -> None:
        """Close handshake included."""
        await self._connection.close()

    def abort(self) -> None:
        """The TCP connection is reset; no close frame is sent."""
        self._connection.transport.abort()


def charger_url(url: str, identity: str) -> str:
    """The central system's address with the charger's identity as its last element."""
    base, element = url.rstrip("/"), quote(identity, safe="")
    return base if base.endswith(f"/{element}") else f"{base}/{element}"


async def dial(
    url: str, identity: str, password: str, *, ping_s: float | None, open_timeout_s: float
) -> Socket:
    """Connect with basic auth and OCPP 1.6; raises ``Offline`` with the reason."""
    credentials = base64.b64encode(f"{identity}:{password}".encode()).decode()
    try:
        connection = await connect(
            charger_url(url, identity),
            additional_headers={"Authorization": f"Basic {credentials}"},
            user_agent_header="Strom-Simulator",
            subprotocols=[Subprotocol("ocpp1.6")],
            compression=None,
            ping_interval=ping_s,
            ping_timeout=ping_s,
            open_timeout=open_timeout_s,
            close_timeout=2,
            proxy=None,
        )
    except (TimeoutError, OSError, WebSocketException) as error:
        raise Offline(str(error) or type(error).__name__) from error
    return WebSocket(connection)
