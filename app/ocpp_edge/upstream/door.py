"""Opening a websocket to a backend, to allowed addresses alone.

The name is resolved once, and the address that was judged is the one that is connected to. No
proxy, no redirect. What is told of a failure is in our words: nothing that was sent is in them.
"""

import base64
import logging
import ssl
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from app.edge_messages import Upstream
from app.ocpp_edge.handshake import LINK
from app.ocpp_edge.upstream.settings import UpstreamSettings
from app.outbound import Resolve, resolve_host

log = logging.getLogger(__name__)
library_log = logging.getLogger(f"{__name__}.websockets")

MOST_ADDRESSES = 4
MOST_CONTEXTS = 200
PING_S = 30.0
WORDS = {401: "it refuses the user name or password", 403: "it refuses the charge point"}


class NotLetIn(Exception):
    """The link could not be made; the text is for the owner."""


class _Connect(connect):
    """One that follows nobody elsewhere."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """No."""
        return exc


class Door:
    """Opens links; keeps what TLS needs for each authority."""

    def __init__(self, settings: UpstreamSettings, resolve: Resolve = resolve_host) -> None:
        self._settings = settings
        self._resolve = resolve
        self._contexts: dict[str, ssl.SSLContext] = {}
        library_log.setLevel(logging.WARNING)  # its details would show the password

    async def open(self, upstream: Upstream, subprotocol: str) -> ClientConnection:
        """Connect as the charge point; raises ``NotLetIn``."""
        parts = urlsplit(upstream.url)
        is_secure = parts.scheme == "wss"
        host, port = parts.hostname or "", parts.port or (443 if is_secure else 80)
        failure = NotLetIn("its address is not reachable from the internet")
        for address in await self._addresses(host, port, is_secure=is_secure):
            try:
                socket = await self._connect(upstream, subprotocol, address, port)
            except (OSError, TimeoutError, InvalidHandshake, ConnectionClosed, ValueError) as error:
                failure = NotLetIn(_words(error))
            else:
                if socket.subprotocol != subprotocol:
                    await socket.close()
                    raise NotLetIn(f"it does not speak {subprotocol}")
                return socket
        raise failure

    async def _addresses(self, host: str, port: int, *, is_secure: bool) -> list[str]:
        policy = self._settings.policy
        try:
            allowed = policy.allowed(await self._resolve(host, port))
        except (OSError, ValueError) as error:
            raise NotLetIn("its name could not be found") from error
        if not (is_secure or policy.allow_plain_http):
            allowed = [address for address in allowed if ip_address(address).is_loopback]
        return allowed[:MOST_ADDRESSES]

    async def _connect(
        self, upstream: Upstream, subprotocol: str, address: str, port: int
    ) -> ClientConnection:
        settings = self._settings
        secured = upstream.url.startswith("wss://")
        return await _Connect(
            upstream.url,
            host=address,
            port=port,
            ssl=self._context(upstream.ca_pem) if secured else None,
            subprotocols=[Subprotocol(subprotocol)],
            additional_headers=_headers(upstream),
            user_agent_header=None,
            compression=None,
            proxy=None,
            open_timeout=settings.open_timeout_s,
            close_timeout=3.0,
            ping_interval=PING_S,
            ping_timeout=PING_S,
            max_size=settings.max_frame_bytes,
            max_queue=16,
            logger=library_log,
        )

    def _context(self, ca_pem: str) -> ssl.SSLContext:
        found = self._contexts.get(ca_pem)
        if found is None:
            if len(self._contexts) >= MOST_CONTEXTS:
                del self._contexts[next(iter(self._contexts))]
            found = ssl.create_default_context(cadata=ca_pem or None)
            self._contexts[ca_pem] = found
        return found


def _headers(upstream: Upstream) -> dict[str, str]:
    """OCPP-J 1.6 §6.2: the user is the charge point, unless its owner says otherwise."""
    if not upstream.password and not upstream.username:
        return {LINK: "1"}
    name = upstream.username or unquote(urlsplit(upstream.url).path.rpartition("/")[2])
    plain = f"{name}:{upstream.password}".encode()
    return {LINK: "1", "Authorization": f"Basic {base64.b64encode(plain).decode()}"}


def _words(error: Exception) -> str:
    match error:
        case InvalidStatus():
            status = error.response.status_code
            return WORDS.get(status, "it does not take the connection") + f" ({status})"
        case ssl.SSLCertVerificationError():
            return "its certificate is not trusted"
        case ssl.SSLError():
            return "it does not speak TLS as it should"
        case TimeoutError():
            return "it does not answer"
        case OSError():
            return "it cannot be reached"
    return "it does not speak websockets as it should"
