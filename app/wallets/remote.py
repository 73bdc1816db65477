"""Wallets that another process opens: who may not read their credentials asks it.

On AWS that is the *perform* function, the only one that may open what was sealed for wallets. What
can be asked of it is listed in ``Question``: nothing there pays. Paying is owed by a session, and
performed from the table.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from app.charging.errors import BadInput, Conflict, NotAllowed, NotFound, Unavailable
from app.charging.ports import (
    Incoming,
    IncomingGone,
    IncomingHeld,
    IncomingOpen,
    IncomingSettled,
    Invoice,
    InvoiceRequest,
    Outgoing,
    OutgoingFailed,
    OutgoingPaid,
    OutgoingUnknown,
    Wallet,
    WalletCapabilities,
)

Asks = Callable[[bytes], Awaitable[bytes]]
"""Brings a question to the other process, and its answer back; raises ``Unavailable``."""

T = TypeVar("T")


class OfWallet(msgspec.Struct, frozen=True):
    """Which wallet is meant."""

    tenant: str
    wallet_id: str


class AskCapabilities(OfWallet, frozen=True, tag="capabilities"):
    """What it can do."""


class AskInvoice(OfWallet, frozen=True, tag="invoice"):
    """Make an invoice."""

    request: InvoiceRequest


class AskIncoming(OfWallet, frozen=True, tag="incoming"):
    """What became of an invoice."""

    payment_hash: str


class AskOutgoing(OfWallet, frozen=True, tag="outgoing"):
    """What became of a payment."""

    payment_hash: str


class AskSpendable(OfWallet, frozen=True, tag="spendable"):
    """What it holds."""


Question = AskCapabilities | AskInvoice | AskIncoming | AskOutgoing | AskSpendable


class Answer(msgspec.Struct, frozen=True):
    """What was asked for, as JSON, or why it is not there."""

    value: msgspec.Raw = msgspec.Raw(b"null")
    kind: str = ""
    """Which of several types ``value`` has."""
    error: str = ""
    message: str = ""


INCOMING: Mapping[str, type[Incoming]] = {
    kind.__name__: kind for kind in (IncomingOpen, IncomingHeld, IncomingSettled, IncomingGone)
}
OUTGOING: Mapping[str, type[Outgoing]] = {
    kind.__name__: kind for kind in (OutgoingPaid, OutgoingFailed, OutgoingUnknown)
}
ERRORS: Mapping[str, type[BadInput | Unavailable | NotAllowed]] = {
    kind.__name__: kind for kind in (Unavailable, NotFound, Conflict, BadInput, NotAllowed)
}


@dataclass(frozen=True, slots=True)
class RemoteWallet:
    """The ``Wallet`` port of a wallet that is opened elsewhere. It cannot pay."""

    of: OfWallet
    asks: Asks
    known: WalletCapabilities

    @property
    def capabilities(self) -> WalletCapabilities:
        """What this connection can do."""
        return self.known

    async def create_invoice(self, request: InvoiceRequest) -> Invoice:
        """Make an invoice."""
        question = AskInvoice(self.of.tenant, self.of.wallet_id, request)
        return _decode(await ask(self.asks, question), Invoice)

    async def look_up_incoming(self, payment_hash: str) -> Incoming:
        """What the wallet says of an invoice of ours."""
        question = AskIncoming(self.of.tenant, self.of.wallet_id, payment_hash)
        answer = await ask(self.asks, question)
        return _decode(answer, _kind(INCOMING, answer))

    async def pay(self, bolt11: str, *, amount_msat: int, fee_limit_msat: int) -> Outgoing:
        """Never from here."""
        raise NotAllowed("this part of Strom may not pay")

    async def look_up_outgoing(self, payment_hash: str) -> Outgoing:
        """What became of a payment we sent."""
        question = AskOutgoing(self.of.tenant, self.of.wallet_id, payment_hash)
        answer = await ask(self.asks, question)
        return _decode(answer, _kind(OUTGOING, answer))

    async def spendable_msat(self) -> int:
        """What could be paid out now."""
        question = AskSpendable(self.of.tenant, self.of.wallet_id)
        return _decode(await ask(self.asks, question), int)

    async def close(self) -> None:
        """Nothing is open here."""


@dataclass(slots=True)
class AskedWallets:
    """Opens wallets elsewhere."""

    asks: Asks
    _known: dict[OfWallet, tuple[bytes, WalletCapabilities]] = field(
        default_factory=dict, kw_only=True
    )

    async def open(self, tenant: str, connection_id: str, sealed: bytes) -> Wallet:
        """The wallet of a stored connection; raises ``Unavailable`` if it cannot be opened."""
        of = OfWallet(tenant, connection_id)
        known = self._known.get(of)
        if known is None or known[0] != sealed:
            answer = await ask(self.asks, AskCapabilities(tenant, connection_id))
            known = sealed, _decode(answer, WalletCapabilities)
            if len(self._known) > 1000:
                self._known.clear()
            self._known[of] = known
        return RemoteWallet(of, self.asks, known[1])

    async def close(self) -> None:
        """Nothing is open here."""
        self._known.clear()


async def ask(asks: Asks, question: Question) -> Answer:
    """Ask, and raise what was raised there."""
    try:
        answer = msgspec.json.decode(await asks(msgspec.json.encode(question)), type=Answer)
    except msgspec.DecodeError as error:
        raise Unavailable("the answer about a wallet cannot be read") from error
    if answer.error:
        raise ERRORS.get(answer.error, Unavailable)(answer.message)
    return answer


def _kind(kinds: Mapping[str, type[T]], answer: Answer) -> type[T]:
    found = kinds.get(answer.kind)
    if found is None:
        raise Unavailable("the answer about a wallet cannot be read")
    return found


def _decode(answer: Answer, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.value, type=kind)
    except msgspec.DecodeError as error:
        raise Unavailable("the answer about a wallet cannot be read") from error
