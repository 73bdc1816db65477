"""Connecting: the address, who we are, TLS; and handshakes as rude as a test wants them."""

import base64
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.typing import Subprotocol

from app.simulator.manners.quirks import Manners
from app.simulator.sockets import Offline, Socket


class WebSocket:
    """A real websocket."""

    __slots__ = ("_connection",)

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

    def freeze(self) -> None:
        """The TCP connection stays, and nobody looks at it."""
        self._connection.transport.pause_reading()


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect, as whom, and how politely."""

    url: str
    identity: str
    password: str
    subprotocol: str
    manners: Manners
    ssl_context: ssl.SSLContext | None = None
    ping_s: float | None = None
    open_timeout_s: float = 20.0
    source: str = ""
    """The local address to connect from; a large fleet on one machine needs several."""


def charger_url(url: str, identity: str, manners: Manners | None = None) -> str:
    """The central system's address with the charger's identity as its last element."""
    base, element = url.rstrip("/"), quote(identity, safe="")
    base = base.removesuffix(f"/{element}")
    if manners is None:
        return f"{base}/{element}"
    if manners.does("id-twice"):
        base = f"{base}/{element}"
    if manners.does("percent-encoded-id"):
        element = "".join(f"%{byte:02X}" for byte in identity.encode())
    return f"{base}/{element}/" if manners.does("trailing-slash") else f"{base}/{element}"


def tls_context(
    url: str, *, ca_file: str = "", certificate_file: str = "", key_file: str = ""
) -> ssl.SSLContext | None:
    """What ``wss://`` needs; nothing for ``ws://``. Raises ``OSError`` for unreadable files."""
    if not url.startswith("wss://"):
        return None
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate_file:
        context.load_cert_chain(Path(certificate_file), Path(key_file) if key_file else None)
    return context


async def dial(target: Target) -> Socket:
    """Connect; raises ``Offline`` with the reason."""
    manners = target.manners
    try:
        connection = await connect(
            charger_url(target.url, target.identity, manners),
            additional_headers=_headers(target),
            user_agent_header="Strom-Simulator",
            subprotocols=_subprotocols(target.subprotocol, manners),
            compression=None,
            ping_interval=target.ping_s,
            ping_timeout=target.ping_s,
            open_timeout=target.open_timeout_s,
            close_timeout=2,
            proxy=None,
            max_queue=4,
            create_connection=_RudeConnection.of(manners),
            **_transport(target),
        )
    except (TimeoutError, OSError, WebSocketException) as error:
        raise Offline(str(error) or type(error).__name__) from error
    return WebSocket(connection)


def _headers(target: Target) -> dict[str, str]:
    if not target.password:
        return {}
    credentials = f"{target.identity}:{target.password}".encode()
    return {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}


def _transport(target: Target) -> dict[str, Any]:
    found: dict[str, Any] = {"ssl": target.ssl_context} if target.ssl_context else {}
    return {**found, "local_addr": (target.source, 0)} if target.source else found


def _subprotocols(subprotocol: str, manners: Manners) -> list[Subprotocol] | None:
    if manners.does("no-subprotocol"):
        return None
    return [Subprotocol(subprotocol.upper() if manners.does("odd-subprotocol") else subprotocol)]


class _RudeConnection(ClientConnection):
    """A connection whose handshake and pings follow its manners."""

    manners: Manners

    @classmethod
    def of(cls, manners: Manners) -> type[ClientConnection]:
        """The class of a charger with such manners."""
        if not manners.names & {"absolute-path", "no-connection-header", "no-pong"}:
            return ClientConnection
        return type("RudeConnection", (cls,), {"manners": manners})

    async def handshake(self, *args: Any, **options: Any) -> None:
        protocol: Any = self.protocol
        ask, send_frame = protocol.connect, protocol.send_frame

        def request() -> Request:
            made: Request = ask()
            if self.manners.does("no-connection-header"):
                del made.headers["Connection"]
            if self.manners.does("absolute-path"):
                made.path = f"http://{made.headers['Host']}{made.path}"
            return made

        def send(frame: Frame) -> None:
            if not (frame.opcode is Opcode.PONG and self.manners.does("no-pong")):
                send_frame(frame)

        protocol.connect, protocol.send_frame = request, send
        await super().handshake(*args, **options)
