"""An owner's wallet service: it lies, but only in the ways that wallets are known to lie.

Unknown after having paid, unknown and never sent, a hash that it does not know for a while, a
payment reported late and called gone before that, payments that are stuck and then fail, down,
slow. Whether one hash sent twice is paid twice is declared; where it is, it really is.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from app.charging.errors import NotFound, Unavailable
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
    WalletCapabilities,
)
from app.invoices import decode
from tests.simulation.faults import Trouble
from tests.simulation.lightning import Lightning, ModelInvoice
from tests.simulation.process import Process

QUICK_S = (0.02, 0.3)
SLOW_S = (2.0, 100.0)
STUCK_S = (3.0, 1200.0)
LAG_S = (1.0, 900.0)
HELD_FOR_S = 1800.0


@dataclass(slots=True)
class Sent:
    """A payment as the wallet has it in its books."""

    invoice: ModelInvoice
    amount_msat: int
    fee_msat: int
    known_from_s: float
    state: str = "pending"


class WalletService:
    """What stands behind every connection to one owner's wallet."""

    def __init__(
        self,
        owner: str,
        lightning: Lightning,
        trouble: Trouble,
        loop: asyncio.AbstractEventLoop,
        dice: random.Random,
        capabilities: WalletCapabilities,
        ring: Callable[[str], None],
    ) -> None:
        self.owner = owner
        self.lightning = lightning
        self.trouble = trouble
        self.loop = loop
        self.dice = dice
        self.capabilities = capabilities
        self.sent: dict[str, list[Sent]] = {}
        self.reported_from_s: dict[str, float] = {}
        self.ring = ring
        self.down_until_s = 0.0

    def hits(self, kind: str) -> bool:
        return self.trouble.hits(self.dice, kind)

    @property
    def is_down(self) -> bool:
        return self.trouble.is_on and self.loop.time() < self.down_until_s

    def send(self, bolt11: str, amount_msat: int, fee_limit_msat: int) -> Outgoing:
        """A payment is asked for: what the wallet does, and what it would say of it."""
        invoice = self.lightning.by_bolt11(bolt11)
        before = self.sent.setdefault(invoice.payment_hash, [])
        if before and before[-1].state != "failed" and self.capabilities.resend_is_harmless:
            return self.said_of(before[-1])
        if self.hits("wallet_fails"):
            return OutgoingFailed("no route")
        if self.loop.time() >= invoice.expires_s:
            return OutgoingFailed("the invoice has expired")
        fee_msat = self.dice.randrange(min(fee_limit_msat, 3000) + 1)
        if not self.lightning.depart(self.owner, amount_msat + fee_msat):
            return OutgoingFailed("insufficient balance")
        now_s = self.loop.time()
        lags = self.hits("wallet_not_found_lag")
        known_from_s = now_s + self.dice.uniform(*LAG_S) if lags else now_s
        sent = Sent(invoice, amount_msat, fee_msat, known_from_s)
        before.append(sent)
        if self.hits("wallet_pending"):
            self.loop.call_later(self.dice.uniform(*STUCK_S), self._end, sent)
            return OutgoingUnknown("under way")
        self._arrive(sent)
        if self.hits("wallet_unknown_though_paid"):
            return OutgoingUnknown("520")
        return self.said_of(sent)

    def said_of(self, sent: Sent) -> Outgoing:
        match sent.state:
            case "paid":
                return OutgoingPaid(sent.fee_msat)
            case "failed":
                return OutgoingFailed("no route")
        return OutgoingUnknown("under way")

    def _end(self, sent: Sent) -> None:
        if self.dice.random() < 0.7:
            self._arrive(sent)
        else:
            sent.state = "failed"
            self.lightning.come_back(self.owner, sent.amount_msat + sent.fee_msat)

    def _arrive(self, sent: Sent) -> None:
        sent.state = "paid"
        self.lightning.arrive(self.owner, sent.invoice, sent.fee_msat)


class ModelWallet:
    """The ``Wallet`` port: one process's connection to a service."""

    def __init__(self, process: Process, service: WalletService) -> None:
        self._process = process
        self._service = service

    @property
    def capabilities(self) -> WalletCapabilities:
        return self._service.capabilities

    async def create_invoice(self, request: InvoiceRequest) -> Invoice:
        await self._call()
        service = self._service
        made = service.lightning.make_invoice(
            service.owner, request.amount_msat, request.expiry_s, is_held=request.hold
        )
        url = request.webhook_url or ""
        made.arrived = lambda: self._arrived(made, url)
        self._process.step()
        await self._answer()
        expires_at = decode(made.bolt11).expires_at
        return Invoice(made.payment_hash, made.bolt11, made.amount_msat, expires_at)

    async def look_up_incoming(self, payment_hash: str) -> Incoming:
        await self._call()
        service, now_s = self._service, self._service.loop.time()
        invoice = service.lightning.invoices.get(payment_hash)
        if invoice is None or invoice.payee != service.owner:
            raise NotFound("The wallet does not know this invoice.")
        is_known = now_s >= service.reported_from_s.get(payment_hash, 0.0)
        if invoice.state != "open" and is_known:
            if invoice.state == "held":
                return IncomingHeld(invoice.amount_msat)
            return IncomingSettled(invoice.amount_msat)
        return IncomingGone() if now_s >= invoice.expires_s else IncomingOpen()

    async def pay(self, bolt11: str, *, amount_msat: int, fee_limit_msat: int) -> Outgoing:
        await self._call()
        if self._service.hits("wallet_unknown_never_sent"):
            return OutgoingUnknown("502")
        outgoing = self._service.send(bolt11, amount_msat, fee_limit_msat)
        self._process.step()
        await self._answer(raises=False)
        return outgoing

    async def look_up_outgoing(self, payment_hash: str) -> Outgoing:
        await self._call()
        sent = self._service.sent.get(payment_hash, [])
        if not sent or self._service.loop.time() < sent[-1].known_from_s:
            return OutgoingUnknown("not found", known_to_wallet=False)
        return self._service.said_of(sent[-1])

    async def spendable_msat(self) -> int:
        await self._call()
        return self._service.lightning.accounts[self._service.owner]

    async def settle_held(self, payment_hash: str) -> None:
        await self._call()
        self._service.lightning.take_held(self._service.lightning.invoices[payment_hash])

    async def cancel_held(self, payment_hash: str) -> None:
        await self._call()
        self._service.lightning.give_back_held(self._service.lightning.invoices[payment_hash])

    async def close(self) -> None:
        """Nothing is held open."""

    async def _call(self) -> None:
        service = self._service
        self._process.step()
        await asyncio.sleep(service.dice.uniform(*QUICK_S))
        self._process.step()
        if service.is_down or service.hits("wallet_down"):
            raise Unavailable("The wallet does not answer.")

    async def _answer(self, *, raises: bool = True) -> None:
        service = self._service
        slow = service.hits("wallet_slow")
        await asyncio.sleep(service.dice.uniform(*(SLOW_S if slow else QUICK_S)))
        if raises and service.hits("wallet_down"):
            raise Unavailable("The wallet's answer was lost.")

    def _arrived(self, invoice: ModelInvoice, url: str) -> None:
        service = self._service
        now_s = service.loop.time()
        if invoice.state == "held":
            give_back = service.lightning.give_back_held
            service.loop.call_later(HELD_FOR_S, give_back, invoice)
        is_new = invoice.payment_hash not in service.reported_from_s
        service.reported_from_s.setdefault(invoice.payment_hash, now_s)
        if is_new and service.hits("wallet_late_settle"):
            lag_s = service.dice.uniform(*LAG_S)
            service.reported_from_s[invoice.payment_hash] = now_s + lag_s
            now_s += lag_s
        if not url or service.hits("webhook_lost"):
            return
        for _ in range(2 if service.hits("webhook_doubled") else 1):
            late = service.hits("webhook_late")
            at_s = now_s + service.dice.uniform(*(LAG_S if late else QUICK_S))
            service.loop.call_at(at_s, service.ring, url)
