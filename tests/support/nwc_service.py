"""A NIP-47 wallet service of our own, written from the specification and not from our client.

It runs on any relay and serves one connection to one ``Node``. Its ``Habits`` make it misbehave
in the ways real services and relays do.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from nostr_sdk import (
    Client,
    ClientBuilder,
    Event,
    EventBuilder,
    Filter,
    Keys,
    Kind,
    LocalRelay,
    LocalRelayBuilder,
    Nip44Version,
    PublicKey,
    RelayUrl,
    ReqTarget,
    Tag,
    nip04_decrypt,
    nip04_encrypt,
    nip44_decrypt,
    nip44_encrypt,
)

from tests.support.nwc_ledger import PLAIN, ServiceError, WalletLedger
from tests.support.nwc_network import NetInvoice

HOLDING = {"make_hold_invoice", "settle_hold_invoice", "cancel_hold_invoice"}


@dataclass
class Habits:
    """How the service behaves; everything off is a good service."""

    encryption: str | None = "nip44_v2 nip04"
    methods: set[str] = field(default_factory=lambda: set(PLAIN))
    restricted: set[str] = field(default_factory=set)
    """Announced, but not for this connection."""
    errors: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    """The next errors of a method, before it does anything."""
    errors_after: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Done, and an error answered all the same."""
    deaf: set[str] = field(default_factory=set)
    """Never done and never answered."""
    mute: set[str] = field(default_factory=set)
    """Done, and never answered: the service dies in between, or the answer is lost."""
    late_s: dict[str, float] = field(default_factory=dict)
    """How long after it is done a method is answered."""
    twice: bool = False
    forged: dict[str, Any] | None = None
    """An answer by a stranger's key, published before the true one."""
    says_who: bool = True
    """Whether answers carry the ``p`` tag."""
    tells: str = "payment_received payment_sent hold_invoice_accepted"
    """Of what it notifies; empty: it is silent and does not announce the method either."""
    tells_in_nip04: bool = False
    twist: Callable[[str, dict[str, Any]], object] | None = None
    """Changes the answer's content."""


class NwcService:
    """Use as ``async with``; ``uri`` is the owner's connection string."""

    def __init__(self, relay: str, ledger: WalletLedger, habits: Habits | None = None) -> None:
        self.relay = relay
        self.ledger = ledger
        self.habits = habits or Habits()
        self.keys, self.app = Keys.generate(), Keys.generate()
        self.requests: list[dict[str, Any]] = []
        self.events: list[Event] = []
        self._client: Client = ClientBuilder().build()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def uri(self) -> str:
        return (
            f"nostr+walletconnect://{self.keys.public_key().to_hex()}?relay={self.relay}"
            f"&secret={self.app.secret_key().to_hex()}"
        )

    def asked(self, method: str) -> list[dict[str, Any]]:
        return [one["params"] for one in self.requests if one["method"] == method]

    async def __aenter__(self) -> NwcService:
        await self._client.add_relay(RelayUrl.parse(self.relay))
        await self._client.connect(timedelta(seconds=3))
        await self.announce()
        stream = self._client.notifications()
        wanted = Filter().kind(Kind(23194)).pubkey(self.keys.public_key())
        await self._client.subscribe(ReqTarget.auto([wanted]))
        self._spawn(self._listen(stream))
        self.ledger.node.network.on_paid.append(self._notice)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.ledger.node.network.on_paid.remove(self._notice)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.shutdown()

    async def announce(self) -> None:
        tags = [Tag.parse(["notifications", self.habits.tells])] if self.habits.tells else []
        if self.habits.encryption is not None:
            tags.append(Tag.parse(["encryption", self.habits.encryption]))
        notifying = ["notifications"] if self.habits.tells else []
        content = " ".join([*sorted(self.habits.methods), *notifying])
        await self._publish(EventBuilder(Kind(13194), content).tags(tags).finalize(self.keys))

    async def notify(self, kind: str, payment_hash: str, *, nip04: bool = False) -> None:
        content = json.dumps(
            {"notification_type": kind, "notification": {"payment_hash": payment_hash}}
        )
        sealed = self._seal(self.keys, content, nip04=nip04)
        tags = [Tag.public_key(self.app.public_key())]
        builder = EventBuilder(Kind(23196 if nip04 else 23197), sealed)
        await self._publish(builder.tags(tags).finalize(self.keys))

    def _notice(self, invoice: NetInvoice) -> None:
        """A payment came in."""
        kind = "payment_received" if invoice.state == "settled" else "hold_invoice_accepted"
        if invoice.payee is self.ledger.node and kind in self.habits.tells.split():
            nip04 = self.habits.tells_in_nip04
            self._spawn(self.notify(kind, invoice.payment_hash, nip04=nip04))

    async def _listen(self, stream: Any) -> None:
        while (note := await stream.next()) is not None:
            if note.is_NEW_EVENT() and note.event.kind().as_u16() == 23194:
                self._spawn(self._serve(note.event))

    async def _serve(self, event: Event) -> None:
        tags = {tag.to_vec()[0]: tag.to_vec()[1] for tag in event.tags()}
        assert tags["p"] == self.keys.public_key().to_hex()
        if int(tags["expiration"]) < datetime.now(UTC).timestamp():
            return
        nip04 = tags.get("encryption", "nip04") == "nip04"
        if event.author() != self.app.public_key():
            return
        decrypt = nip04_decrypt if nip04 else nip44_decrypt
        request = json.loads(
            decrypt(self.keys.secret_key(), self.app.public_key(), event.content())
        )
        self.events.append(event)
        self.requests.append(request)
        method = request["method"]
        if method in self.habits.deaf:
            return
        answer = self._answer(method, request["params"], nip04)
        if method in self.habits.mute:
            return
        await self._respond(event, method, answer, nip04)

    def _answer(self, method: str, params: dict[str, Any], nip04: bool) -> dict[str, Any]:
        offered = "nip04" if self.habits.encryption is None else self.habits.encryption
        try:
            if ("nip04" if nip04 else "nip44_v2") not in offered.split():
                raise ServiceError("UNSUPPORTED_ENCRYPTION", "not this one")
            if method not in self.habits.methods:
                raise ServiceError("NOT_IMPLEMENTED", "unknown method")
            if method in self.habits.restricted:
                raise ServiceError("RESTRICTED", "not for you")
            if self.habits.errors.get(method):
                raise ServiceError(*self.habits.errors[method].pop(0))
            result = self.ledger.do(method, params)
            if method in self.habits.errors_after:
                raise ServiceError(*self.habits.errors_after[method])
        except ServiceError as error:
            return {"error": {"code": error.code, "message": error.message}}
        if method == "get_info":
            result["methods"] = sorted(self.habits.methods - self.habits.restricted)
        return {"result": result}

    async def _respond(
        self, event: Event, method: str, answer: dict[str, Any], nip04: bool
    ) -> None:
        await asyncio.sleep(self.habits.late_s.get(method, 0))
        content: object = {"result_type": method, "error": None, "result": None, **answer}
        if self.habits.twist is not None:
            assert isinstance(content, dict)
            content = self.habits.twist(method, content)
        if self.habits.forged is not None:
            stranger = Keys.generate()
            forged = json.dumps({"result_type": method, **self.habits.forged})
            sealed = nip44_encrypt(
                stranger.secret_key(), self.app.public_key(), forged, Nip44Version.V2
            )
            await self._publish(self._response(event, sealed).finalize(stranger))
        for _ in range(2 if self.habits.twice else 1):
            sealed = self._seal(self.keys, json.dumps(content), nip04=nip04)
            await self._publish(self._response(event, sealed).finalize(self.keys))

    def _response(self, event: Event, sealed: str) -> EventBuilder:
        tags = [Tag.event(event.id())]
        if self.habits.says_who:
            tags.append(Tag.public_key(self.app.public_key()))
        return EventBuilder(Kind(23195), sealed).tags(tags)

    def _seal(self, keys: Keys, content: str, *, nip04: bool) -> str:
        to: PublicKey = self.app.public_key()
        if nip04:
            return str(nip04_encrypt(keys.secret_key(), to, content))
        return str(nip44_encrypt(keys.secret_key(), to, content, Nip44Version.V2))

    async def _publish(self, event: Event) -> None:
        with contextlib.suppress(Exception):
            await self._client.send_event(event)

    def _spawn(self, coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@contextlib.asynccontextmanager
async def a_relay(port: int | None = None) -> Any:
    """A relay in this process; gives its address."""
    builder = LocalRelayBuilder().addr("127.0.0.1")
    relay: LocalRelay = (builder.port(port) if port else builder).build()
    await relay.run()
    try:
        yield str(await relay.url())
    finally:
        relay.shutdown()
