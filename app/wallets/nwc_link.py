"""Requests to one wallet service and its answers, over its relays.

Answers are asked for by the ``e`` tag of each request, because not every service sets the ``p``
tag (NIP-47 says SHOULD), and believed only with the wallet's signature. A request without an
answer may have been carried out.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.charging.errors import Unavailable
from app.charging.ports import Clock
from app.outbound import OutboundPolicy
from app.wallets.nwc_messages import (
    INFO,
    RESPONSE,
    NwcAnswer,
    NwcCodec,
    NwcInfo,
    answered,
    read_info,
)
from app.wallets.nwc_relays import NeverSent, NwcRelays
from app.wallets.nwc_uri import NwcConnection

_INFO_S = 4.0
_INFO_LIVES_S = 3600.0
_SKEW_S = 30
"""How far apart our clock and the service's may be before it ignores requests as expired."""
_LOST_S = 2.0
"""How late a lost relay is noticed by those who wait for a notification."""


class NwcLink:
    """Asks one wallet service. ``close`` lets requests under way end first."""

    def __init__(self, connection: NwcConnection, policy: OutboundPolicy, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._known: NwcCodec | None = None
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._expected: dict[str, set[asyncio.Event]] = {}
        self._info: tuple[float, NwcInfo] | None = None
        self.relays = NwcRelays(connection, policy, self._take)

    def __repr__(self) -> str:
        return f"NwcLink({self._connection.wallet_pubkey[:8]}, {self._connection.relays})"

    @property
    def _codec(self) -> NwcCodec:
        """Made on first use: it imports native code."""
        if self._known is None:
            self._known = NwcCodec(self._connection)
        return self._known

    @property
    def known_info(self) -> NwcInfo | None:
        """The announcement as far as it has been read."""
        return self._info[1] if self._info else None

    async def info(self) -> NwcInfo:
        """What the service announces; read again after an hour, the old one kept meanwhile."""
        now_s = asyncio.get_running_loop().time()
        if self._info is None or now_s - self._info[0] > _INFO_LIVES_S:
            found = await self._fetch_info() or self.known_info
            if found is None:
                raise NeverSent("The wallet service has not announced itself at its relay.")
            self._info = (now_s, found)
        return self._info[1]

    async def ask(
        self, method: str, params: Mapping[str, object], *, deadline_s: float
    ) -> NwcAnswer:
        """The answer, errors included; ``NeverSent``, or ``Unavailable`` when none came."""
        event: Any = None
        try:
            async with asyncio.timeout(deadline_s):
                client = await self.relays.connected(self._codec)
                event = await self._request(method, params, deadline_s)
                response = await self._exchange(client, event)
        except TimeoutError as error:
            if event is None:
                raise NeverSent("The wallet's relay does not answer.") from error
            raise Unavailable("The wallet did not answer in time.") from error
        answer = self._codec.answer(response, method)
        if answer.code == "UNSUPPORTED_ENCRYPTION":
            self._info = None  # announced anew meanwhile; the next request reads it
        return answer

    @contextlib.asynccontextmanager
    async def listening(self, payment_hash: str) -> AsyncIterator["NwcEar"]:
        """Hear of one payment from now on, while inside; raises ``Unavailable``."""
        told = asyncio.Event()
        expected = self._expected.setdefault(payment_hash, set())
        expected.add(told)
        try:
            client = await self.relays.connected(self._codec)
            yield NwcEar(self.relays, client, told)
        finally:
            expected.discard(told)
            if not expected:
                self._expected.pop(payment_hash, None)

    @property
    def listeners(self) -> int:
        """How many listen for notifications."""
        return sum(map(len, self._expected.values()))

    async def close(self) -> None:
        """Disconnect once nobody waits for an answer; each waits within a deadline."""
        while self._waiting:
            await asyncio.wait(list(self._waiting.values()))
            await asyncio.sleep(0)
        await self.relays.close()

    async def _request(self, method: str, params: Mapping[str, object], deadline_s: float) -> Any:
        info = await self.info()
        if info.encryption is None:
            raise NeverSent("The wallet service knows no encryption that is known here.")
        return self._codec.request(
            method,
            params,
            encryption=info.encryption,
            expires_at=int(self._clock.now().timestamp() + deadline_s) + _SKEW_S,
        )

    async def _exchange(self, client: Any, event: Any) -> Any:
        """Send and wait for the response; a refusal by every relay ends the wait."""
        from nostr_sdk import Filter, Kind, ReqTarget

        request_id = event.id().to_hex()
        future = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = future
        wanted = Filter().kind(Kind(RESPONSE)).author(self._codec.wallet).event(event.id())
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
                await asyncio.gather(sending, return_exceptions=True)
            with contextlib.suppress(Exception):
                await client.unsubscribe(request_id)

    async def _fetch_info(self) -> NwcInfo | None:
        from nostr_sdk import Filter, Kind, NostrSdkError, ReqTarget

        client = await self.relays.connected(self._codec)
        wanted = Filter().kind(Kind(INFO)).author(self._codec.wallet)
        try:
            found = await client.fetch_events(
                ReqTarget.auto([wanted]), timeout=timedelta(seconds=_INFO_S)
            )
        except NostrSdkError:
            return None
        valid = [event for event in found if self._codec.is_from_wallet(event)]
        newest = max(valid, key=lambda event: event.created_at().as_secs(), default=None)
        return None if newest is None else read_info(newest)

    def _take(self, event: Any) -> None:
        """An event of a relay; what the wallet did not sign is not looked at."""
        if not self._codec.is_from_wallet(event):
            return
        if event.kind().as_u16() == RESPONSE:
            for request_id in answered(event):
                future = self._waiting.get(request_id)
                if future is not None and not future.done():
                    future.set_result(event)
        elif self._expected and (hint := self._codec.hint(event)) is not None:
            for told in self._expected.get(hint.payment_hash, ()):
                told.set()


@dataclass(frozen=True, slots=True)
class NwcEar:
    """Listens for the notifications of one payment over one connection."""

    relays: NwcRelays
    client: Any
    told: asyncio.Event

    async def hears(self) -> None:
        """Return with the first one; ``Unavailable`` when the relays are lost: what was told
        meanwhile is not told again."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOST_S):
                    await self.told.wait()
            if self.told.is_set():
                return
            if not self.relays.is_up(self.client):
                raise Unavailable("The wallet's relay was lost.")


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
