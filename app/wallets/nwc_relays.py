"""The relays of one wallet's connection: opened on first use, kept, reconnected.

nostr-sdk reconnects by itself and subscribes again. Ephemeral events (NIP-01) sent while nobody
is connected are lost, which is why a request without an answer may have been carried out.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from app.charging.errors import BadInput, StromError, Unavailable
from app.outbound import OutboundPolicy
from app.wallets.nwc_door import Place, RelayDoor
from app.wallets.nwc_messages import NOTE_NIP04, NOTE_NIP44, NwcCodec
from app.wallets.nwc_uri import NwcConnection

_log = logging.getLogger(__name__)

CONNECT_S = 6.0
"""nostr-sdk tries a lost relay again after five seconds at the earliest."""
_RETRY_S = 5
_POLL_S = 0.02
_CHANNEL = 128
"""Events kept for reading; the default of 4096 takes half a megabyte more for each wallet."""
_SKEW_S = 60


class NeverSent(Unavailable):
    """No relay was connected, so the wallet service has not seen the request."""


class NwcRelays:
    """Calls ``on_event`` with whatever the relays send; nothing of it is to be trusted."""

    def __init__(
        self, connection: NwcConnection, policy: OutboundPolicy, on_event: Callable[[Any], None]
    ) -> None:
        self._connection = connection
        self._policy = policy
        self._on_event = on_event
        self._starting = asyncio.Lock()
        self._client: Any = None
        self._relays: list[Any] = []
        self._reading: asyncio.Task[None] | None = None
        self.door: RelayDoor | None = None

    async def connected(self, codec: NwcCodec) -> Any:
        """The client with at least one relay connected, or ``NeverSent``."""
        async with self._starting:
            if self._client is None:
                try:
                    await self._start(codec)
                except BaseException:
                    await self._stop()
                    raise
            client = self._client
        try:
            async with asyncio.timeout(CONNECT_S):
                while not self._has_relay():  # noqa: ASYNC110  nostr-sdk announces no status
                    await asyncio.sleep(_POLL_S)
        except TimeoutError as error:
            raise NeverSent("The wallet's relay cannot be reached.") from error
        return client

    def is_up(self, client: Any) -> bool:
        """Whether this client, once given out, is still in use and has a relay."""
        return client is self._client and self._has_relay()

    async def close(self) -> None:
        """Disconnect; asking again connects again."""
        async with self._starting:
            await self._stop()

    def _has_relay(self) -> bool:
        from nostr_sdk import RelayStatus

        return any(relay.status() == RelayStatus.CONNECTED for relay in self._relays)

    async def _start(self, codec: NwcCodec) -> None:
        from nostr_sdk import ClientBuilder, Proxy, RelayOptions, RelayUrl, SignerAuthenticator

        relays = await self._allowed()
        self.door = RelayDoor(self._policy, {_place(relay) for relay in relays})
        proxy = Proxy.all(await self.door.start())
        # Relays that ask who we are (NIP-42) are told this connection's key, never another.
        authenticator = SignerAuthenticator(codec.keys)
        builder = ClientBuilder().authenticator(authenticator)
        client = builder.notification_channel_size(_CHANNEL).build()
        self._client = client
        for relay in relays:
            options = RelayOptions().proxy(proxy).retry_interval(timedelta(seconds=_RETRY_S))
            await client.add_relay(RelayUrl.parse(relay), opts=options.adjust_retry_interval(False))
        self._reading = asyncio.create_task(self._read(client.notifications()))
        await client.connect()
        await _subscribe_to_notes(client, codec)
        self._relays = list((await client.relays()).values())

    async def _allowed(self) -> list[str]:
        problem: StromError | None = None
        allowed = []
        for relay in self._connection.relays:
            try:
                await check_relay(self._policy, relay)
                allowed.append(relay)
            except StromError as error:
                problem = error
        if not allowed:
            raise NeverSent(problem.message if problem else "The wallet has no relay.")
        return allowed

    async def _read(self, stream: Any) -> None:
        """Every event of the relays, until the client is shut down."""
        while (note := await stream.next()) is not None:
            if note.is_NEW_EVENT():
                try:
                    self._on_event(note.event)
                except Exception:  # whatever a relay made up must not end the reading
                    _log.exception("an event from a wallet's relay could not be read")

    async def _stop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.shutdown()
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading
            self._reading = None
        if self.door is not None:
            self.door.close()
            self.door = None


async def check_relay(policy: OutboundPolicy, relay: str) -> None:
    """``BadInput`` or ``Unavailable`` unless we may connect to it; the door looks again."""
    url = "http" + relay[2:] if relay.startswith("ws:") else "https" + relay[3:]
    try:
        await policy.check_url(url)
    except BadInput as error:
        message = error.message.replace("https://", "wss://").replace("This address", "The relay")
        raise BadInput(message, field="connection") from error


async def _subscribe_to_notes(client: Any, codec: NwcCodec) -> None:
    from nostr_sdk import Filter, Kind, ReqTarget, Timestamp

    kinds = [Kind(NOTE_NIP44), Kind(NOTE_NIP04)]
    since = Timestamp.from_secs(Timestamp.now().as_secs() - _SKEW_S)
    wanted = Filter().kinds(kinds).author(codec.wallet).pubkey(codec.keys.public_key())
    await client.subscribe(ReqTarget.auto([wanted.since(since)]))


def _place(relay: str) -> Place:
    parts = urlsplit(relay)
    return (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "wss" else 80)
