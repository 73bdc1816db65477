"""One wallet's connection to its relays: requests out, answers and notifications in.

Opened on first use and kept; nostr-sdk reconnects by itself and subscribes again. Requests and
answers are ephemeral events (NIP-01), so an answer given while nobody is connected is lost: a
request without an answer may have been carried out. Answers are asked for by the ``e`` tag of
each request, because not every service sets the ``p`` tag (NIP-47 says SHOULD).
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from app.charging.errors import BadInput, StromError, Unavailable
from app.charging.ports import Clock
from app.outbound import OutboundPolicy
from app.wallets.nwc_door import Place, RelayDoor
from app.wallets.nwc_messages import (
    INFO,
    NOTE_NIP04,
    NOTE_NIP44,
    RESPONSE,
    NwcAnswer,
    NwcCodec,
    NwcHint,
    NwcInfo,
    answered,
    read_info,
)
from app.wallets.nwc_uri import NwcConnection

_log = logging.getLogger(__name__)

CONNECT_S = 6.0
"""nostr-sdk tries a lost relay again after five seconds at the earliest."""
_INFO_S = 4.0
_INFO_LIVES_S = 3600.0
_SKEW_S = 30
"""How far apart our clock and the service's may be before it ignores requests as expired."""
_POLL_S = 0.02

OnHint = Callable[[NwcHint], None]


class NeverSent(Unavailable):
    """No relay was connected, so the wallet service has not seen the request."""


class NwcLink:
    """Asks one wallet service. ``close`` lets requests under way end first."""

    def __init__(self, connection: NwcConnection, policy: OutboundPolicy, clock: Clock) -> None:
        self._connection = connection
        self._policy = policy
        self._clock = clock
        self._starting = asyncio.Lock()
        self._client: Any = None
        self._relays: list[Any] = []
        self._codec: NwcCodec | None = None
        self._door: RelayDoor | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._on_hint: list[OnHint] = []
        self._info: tuple[float, NwcInfo] | None = None

    def __repr__(self) -> str:
        return f"NwcLink({self._connection.wallet_pubkey[:8]}, {self._connection.relays})"

    @property
    def known_info(self) -> NwcInfo | None:
        """The announcement as far as it has been read."""
        return self._info[1] if self._info else None

    async def info(self) -> NwcInfo:
        """What the service announces; read again after an hour, the old one kept meanwhile."""
        now_s = asyncio.get_running_loop().time()
        if self._info is None or now_s - self._info[0] > _INFO_LIVES_S:
            client = await self._connected()
            found = await self._fetch_info(client)
            if found is not None:
                self._info = (now_s, found)
            elif self._info is None:
                raise NeverSent("The wallet service has not announced itself at its relay.")
        return self._info[1]

    async def ask(
        self, method: str, params: Mapping[str, object], *, deadline_s: float
    ) -> NwcAnswer:
        """The answer, errors included; ``NeverSent``, or ``Unavailable`` when none came."""
        event: Any = None
        try:
            async with asyncio.timeout(deadline_s):
                client = await self._connected()
                event = await self._request(method, params, deadline_s)
                response = await self._exchange(client, event)
        except TimeoutError as error:
            if event is None:
                raise NeverSent("The wallet's relay does not answer.") from error
            raise Unavailable("The wallet did not answer in time.") from error
        assert self._codec is not None
        answer = self._codec.answer(response, method)
        if answer.code == "UNSUPPORTED_ENCRYPTION":
            self._info = None  # announced anew meanwhile; the next request reads it
        return answer

    async def watch(self, on_hint: OnHint) -> None:
        """Call this for every notification from now on; raises ``Unavailable``."""
        self._on_hint.append(on_hint)
        await self._connected()

    async def close(self) -> None:
        """Disconnect once nobody waits for an answer; each waits within a deadline."""
        while self._waiting:
            await asyncio.wait(list(self._waiting.values()))
            await asyncio.sleep(0)
        async with self._starting:
            await self._stop()

    # --- requests ------------------------------------------------------------------------

    async def _request(self, method: str, params: Mapping[str, object], deadline_s: float) -> Any:
        info = await self.info()
        if info.encryption is None:
            raise NeverSent("The wallet service knows no encryption that is known here.")
        assert self._codec is not None
        return self._codec.request(
            method,
            params,
            encryption=info.encryption,
            expires_at=int(self._clock.now().timestamp() + deadline_s) + _SKEW_S,
        )

    async def _exchange(self, client: Any, event: Any) -> Any:
        """Send and wait for the response; a relay's refusal ends the wait."""
        from nostr_sdk import Filter, Kind, ReqTarget

        request_id = event.id().to_hex()
        future = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = future
        wanted = Filter().kind(Kind(RESPONSE)).author(self._wallet).event(event.id())
        sending: asyncio.Task[None] | None = None
        try:
            await client.subscribe(ReqTarget.auto([wanted]), id=request_id)
            sending = asyncio.create_task(_send(client, event))
            await asyncio.wait({future, sending}, return_when=asyncio.FIRST_COMPLETED)
            if not future.done():
                sending.result()
            return await future
        finally:
            self._waiting.pop(request_id, None)
            future.cancel()
            if sending is not None:
                sending.cancel()
            with contextlib.suppress(Exception):
                await client.unsubscribe(request_id)

    @property
    def _wallet(self) -> Any:
        assert self._codec is not None
        return self._codec.wallet

    async def _fetch_info(self, client: Any) -> NwcInfo | None:
        from nostr_sdk import Filter, Kind, NostrSdkError, ReqTarget

        wanted = Filter().kind(Kind(INFO)).author(self._wallet)
        try:
            found = await client.fetch_events(
                ReqTarget.auto([wanted]), timeout=timedelta(seconds=_INFO_S)
            )
        except NostrSdkError:
            return None
        assert self._codec is not None
        valid = [event for event in found if self._codec.is_from_wallet(event)]
        newest = max(valid, key=lambda event: event.created_at().as_secs(), default=None)
        return None if newest is None else read_info(newest)

    # --- answers -------------------------------------------------------------------------

    async def _read(self, stream: Any) -> None:
        """Every event of the relays, until the client is shut down."""
        while (note := await stream.next()) is not None:
            if note.is_NEW_EVENT():
                try:
                    self._take(note.event)
                except Exception:  # whatever a relay made up must not end the reading
                    _log.exception("an event from a wallet's relay could not be read")

    def _take(self, event: Any) -> None:
        assert self._codec is not None
        if not self._codec.is_from_wallet(event):
            return
        kind = event.kind().as_u16()
        if kind == RESPONSE:
            for request_id in answered(event):
                future = self._waiting.get(request_id)
                if future is not None and not future.done():
                    future.set_result(event)
        elif kind in (NOTE_NIP04, NOTE_NIP44) and self._on_hint:
            hint = self._codec.hint(event)
            for on_hint in self._on_hint if hint else ():
                on_hint(hint)  # type: ignore[arg-type]

    # --- connecting ----------------------------------------------------------------------

    async def _connected(self) -> Any:
        """The client with at least one relay connected, or ``NeverSent``."""
        async with self._starting:
            if self._client is None:
                try:
                    await self._start()
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

    def _has_relay(self) -> bool:
        from nostr_sdk import RelayStatus

        return any(relay.status() == RelayStatus.CONNECTED for relay in self._relays)

    async def _start(self) -> None:
        from nostr_sdk import ClientBuilder, Proxy, RelayOptions, RelayUrl, SignerAuthenticator

        relays = await self._allowed_relays()
        self._codec = self._codec or NwcCodec(self._connection)
        self._door = RelayDoor(self._policy, {_place(relay) for relay in relays})
        proxy = Proxy.all(await self._door.start())
        # Relays that ask who we are (NIP-42) are told this connection's key, never another.
        client = ClientBuilder().authenticator(SignerAuthenticator(self._codec.keys)).build()
        self._client = client
        for relay in relays:
            options = RelayOptions().proxy(proxy).retry_interval(timedelta(seconds=5))
            await client.add_relay(RelayUrl.parse(relay), opts=options.adjust_retry_interval(False))
        self._reading = asyncio.create_task(self._read(client.notifications()))
        await client.connect()
        await self._subscribe_to_hints(client)
        self._relays = list((await client.relays()).values())

    async def _subscribe_to_hints(self, client: Any) -> None:
        from nostr_sdk import Filter, Kind, ReqTarget, Timestamp

        assert self._codec is not None
        kinds = [Kind(NOTE_NIP44), Kind(NOTE_NIP04)]
        wanted = Filter().kinds(kinds).author(self._wallet).pubkey(self._codec.keys.public_key())
        await client.subscribe(ReqTarget.auto([wanted.since(Timestamp.now())]))

    async def _allowed_relays(self) -> list[str]:
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

    async def _stop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.shutdown()
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading
            self._reading = None
        if self._door is not None:
            self._door.close()
            self._door = None


async def check_relay(policy: OutboundPolicy, relay: str) -> None:
    """``BadInput`` or ``Unavailable`` unless we may connect to it; the door looks again."""
    url = "http" + relay[2:] if relay.startswith("ws:") else "https" + relay[3:]
    try:
        await policy.check_url(url)
    except BadInput as error:
        message = error.message.replace("https://", "wss://").replace("This address", "The relay")
        raise BadInput(message, field="connection") from error


async def _send(client: Any, event: Any) -> None:
    """Publish; not every relay acknowledges ephemeral events, so only a refusal is an error."""
    from nostr_sdk import NostrSdkError

    try:
        output = await client.send_event(event)
    except NostrSdkError as error:
        raise Unavailable("The wallet's relay did not take the request.") from error
    reasons = list(output.failed.values())
    if not output.success and not any("timeout" in reason.lower() for reason in reasons):
        reason = reasons[0][:200] if reasons else "no relay"
        raise Unavailable(f"The wallet's relay refused the request: {reason}.")


def _place(relay: str) -> Place:
    parts = urlsplit(relay)
    return (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "wss" else 80)
