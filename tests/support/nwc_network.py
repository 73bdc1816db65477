"""A small Lightning network in memory: nodes that make, pay, hold and settle BOLT11 invoices."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal

from app.invoices import MAINNET, InvoiceDraft, decode, sign


class PaymentError(Exception):
    """The payment was definitely not made; ``code`` is NIP-47's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass
class NetInvoice:
    bolt11: str
    payment_hash: str
    amount_msat: int
    created_at: datetime
    expires_at: datetime
    payee: Node
    preimage: bytes | None
    state: Literal["open", "accepted", "settled", "cancelled"] = "open"
    payer: Node | None = None
    was_accepted: bool = False

    def is_over(self) -> bool:
        return datetime.now(UTC) >= self.expires_at


@dataclass
class NetPayment:
    payment_hash: str
    bolt11: str
    amount_msat: int
    fee_msat: int
    created_at: datetime
    state: Literal["pending", "settled", "failed"] = "pending"
    preimage: bytes | None = None


@dataclass
class Network:
    """What every node sees. ``times_paid`` counts what payees received per hash."""

    invoices: dict[str, NetInvoice] = field(default_factory=dict)
    times_paid: dict[str, int] = field(default_factory=dict)
    on_paid: list[Callable[[NetInvoice], None]] = field(default_factory=list)
    """Called when a payment has arrived, be it held or settled."""

    def node(self, balance_msat: int = 0) -> Node:
        return Node(self, secrets.token_bytes(32), balance_msat)


@dataclass(eq=False)
class Node:
    network: Network
    key: bytes
    balance_msat: int = 0
    fee_msat: int = 0
    payments: dict[str, NetPayment] = field(default_factory=dict)

    def makes_invoice(
        self,
        amount_msat: int,
        *,
        memo: str | None = "refund",
        description_hash: str | None = None,
        expiry_s: int = 3600,
        payment_hash: str | None = None,
    ) -> NetInvoice:
        """With ``payment_hash`` it is a hold invoice."""
        preimage = None if payment_hash else secrets.token_bytes(32)
        wanted = payment_hash or sha256(preimage or b"").hexdigest()
        created_at = datetime.now(UTC).replace(microsecond=0)
        draft = InvoiceDraft(
            network=MAINNET,
            amount_msat=amount_msat,
            payment_hash=wanted,
            payment_secret=secrets.token_hex(32),
            created_at=created_at,
            expiry_s=expiry_s,
            memo=None if description_hash else memo,
            description_hash=description_hash,
        )
        invoice = NetInvoice(
            bolt11=sign(draft, self.key),
            payment_hash=wanted,
            amount_msat=amount_msat,
            created_at=created_at,
            expires_at=created_at + timedelta(seconds=expiry_s),
            payee=self,
            preimage=preimage,
        )
        self.network.invoices[wanted] = invoice
        return invoice

    def pays(self, bolt11: str) -> NetPayment:
        """Pay; a hold invoice stays pending. Raises ``PaymentError``."""
        found = decode(bolt11)
        assert found.amount_msat is not None
        before = self.payments.get(found.payment_hash)
        if before is not None and before.state != "failed":
            raise PaymentError("INTERNAL", "this invoice has already been paid")
        if self.balance_msat < found.amount_msat + self.fee_msat:
            raise PaymentError("INSUFFICIENT_BALANCE", "not enough")
        payment = NetPayment(
            found.payment_hash, bolt11, found.amount_msat, self.fee_msat, datetime.now(UTC)
        )
        self.payments[found.payment_hash] = payment
        invoice = self.network.invoices.get(found.payment_hash)
        if invoice is None or invoice.state != "open" or invoice.is_over():
            payment.state = "failed"
            raise PaymentError("PAYMENT_FAILED", "no route")
        self.balance_msat -= found.amount_msat + self.fee_msat
        invoice.payer = self
        if invoice.preimage is None:
            invoice.state, invoice.was_accepted = "accepted", True
        else:
            invoice.payee.takes(invoice, invoice.preimage)
        for told in self.network.on_paid:
            told(invoice)
        return payment

    def takes(self, invoice: NetInvoice, preimage: bytes) -> None:
        """Settle what has arrived."""
        assert invoice.payer is not None
        assert invoice.state in ("open", "accepted")
        invoice.state, invoice.preimage = "settled", preimage
        counted = self.network.times_paid.get(invoice.payment_hash, 0)
        self.network.times_paid[invoice.payment_hash] = counted + 1
        self.balance_msat += invoice.amount_msat
        payment = invoice.payer.payments[invoice.payment_hash]
        payment.state, payment.preimage = "settled", preimage

    def gives_back(self, invoice: NetInvoice) -> None:
        """Cancel what is held, or what nobody has paid so far."""
        assert invoice.state in ("open", "accepted")
        invoice.state = "cancelled"
        if invoice.payer is not None:
            payment = invoice.payer.payments[invoice.payment_hash]
            payment.state = "failed"
            invoice.payer.balance_msat += payment.amount_msat + payment.fee_msat
