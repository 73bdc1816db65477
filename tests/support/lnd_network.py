"""A Lightning network in memory: one node behind an LND, and a driver with plenty of sats.

What the node does with payments and invoices follows LND's sources: a payment is written down
before it leaves, a hash is refused while it is under way or paid, an invoice is cancelled once it
has expired unless a payment is held for it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal

from app.charging.errors import BadInput
from app.invoices import REGTEST, InvoiceDraft, decode, sign

NODE_KEY = b"\x05" * 32
DRIVER_KEY = b"\x06" * 32

UNKNOWN, NOT_FOUND, ALREADY_EXISTS = 2, 5, 6

InvoiceState = Literal["OPEN", "ACCEPTED", "SETTLED", "CANCELED"]


class GrpcError(Exception):
    """An error as LND's calls end with; most of its own are of code 2."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


@dataclass
class NodeInvoice:
    payment_hash: str
    bolt11: str
    amount_msat: int
    expires_at: datetime
    memo: str
    preimage: str | None
    """None until a hold invoice is settled."""
    cltv_blocks: int
    is_private: bool
    state: InvoiceState = "OPEN"
    paid_msat: int = 0


@dataclass
class NodePayment:
    payment_hash: str
    bolt11: str
    amount_msat: int
    fee_msat: int
    index: int
    status: Literal["IN_FLIGHT", "SUCCEEDED", "FAILED"] = "IN_FLIGHT"
    reason: str = "FAILURE_REASON_NONE"
    preimage: str = "00" * 32
    changed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class DriverInvoice:
    preimage: str
    amount_msat: int
    is_paid: bool = False


@dataclass
class Network:
    """``route`` says what becomes of the node's payments."""

    balance_msat: int = 0
    reserve_sat: int = 0
    fee_msat: int = 0
    route: Literal["arrives", "stalls", "none"] = "arrives"
    forgets_cancelled: bool = False
    skipped: timedelta = timedelta(0)
    invoices: dict[str, NodeInvoice] = field(default_factory=dict)
    payments: dict[str, NodePayment] = field(default_factory=dict)
    theirs: dict[str, DriverInvoice] = field(default_factory=dict)
    subscribers: list[asyncio.Queue[NodeInvoice]] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skipped

    # --- the node's invoices ---

    def add_invoice(
        self,
        amount_msat: int,
        expiry_s: int,
        *,
        memo: str = "",
        description_hash: str | None = None,
        held_hash: str | None = None,
        cltv_blocks: int = 80,
        is_private: bool = False,
    ) -> NodeInvoice:
        if len(memo.encode()) > 1024:
            raise GrpcError(UNKNOWN, "memo too large")
        preimage = None if held_hash else secrets.token_bytes(32)
        payment_hash = held_hash or sha256(preimage or b"").hexdigest()
        if payment_hash in self.invoices:
            raise GrpcError(UNKNOWN, "invoice with payment hash already exists")
        draft = self._draft(payment_hash, amount_msat, expiry_s, memo, description_hash)
        made = NodeInvoice(
            payment_hash=payment_hash,
            bolt11=sign(draft, NODE_KEY),
            amount_msat=amount_msat,
            expires_at=draft.created_at + timedelta(seconds=expiry_s),
            memo=memo,
            preimage=preimage.hex() if preimage else None,
            cltv_blocks=cltv_blocks,
            is_private=is_private,
        )
        self.invoices[payment_hash] = made
        return made

    def invoice(self, payment_hash: str) -> NodeInvoice:
        found = self.invoices.get(payment_hash)
        if found is None:
            raise GrpcError(NOT_FOUND, "unable to locate invoice")
        if found.state == "OPEN" and self.now() >= found.expires_at:
            self._becomes(found, "CANCELED")
        return found

    async def states(self, payment_hash: str) -> AsyncIterator[NodeInvoice]:
        """As ``SubscribeSingleInvoice``: the present state, then each other, until the last.

        Of an invoice that does not exist nothing is said.
        """
        news: asyncio.Queue[NodeInvoice] = asyncio.Queue()
        self.subscribers.append(news)
        try:
            if payment_hash in self.invoices:
                news.put_nowait(replace(self.invoice(payment_hash)))
            while True:
                found = await news.get()
                if found.payment_hash == payment_hash:
                    yield found
                    if found.state in ("SETTLED", "CANCELED"):
                        return
        finally:
            self.subscribers.remove(news)

    def _becomes(self, invoice: NodeInvoice, state: InvoiceState) -> None:
        invoice.state = state
        for news in self.subscribers:
            news.put_nowait(replace(invoice))

    def settle(self, preimage: bytes) -> None:
        found = self.invoice(sha256(preimage).hexdigest())
        if found.state == "ACCEPTED":
            found.preimage = preimage.hex()
            self.balance_msat += found.paid_msat
            self._becomes(found, "SETTLED")
        elif found.state != "SETTLED":
            is_open = found.state == "OPEN"
            raise GrpcError(UNKNOWN, f"invoice {'still open' if is_open else 'already canceled'}")

    def cancel(self, payment_hash: str) -> None:
        found = self.invoice(payment_hash)
        if found.state == "SETTLED":
            raise GrpcError(UNKNOWN, "invoice already settled")
        self._becomes(found, "CANCELED")
        if self.forgets_cancelled:
            del self.invoices[payment_hash]

    # --- the driver ---

    async def pays(self, bolt11: str) -> None:
        found = self.invoice(decode(bolt11).payment_hash)
        if found.state != "OPEN":
            raise GrpcError(UNKNOWN, "the payee does not accept this payment")
        found.paid_msat = found.amount_msat
        if found.preimage is None:
            self._becomes(found, "ACCEPTED")
        else:
            self.balance_msat += found.amount_msat
            self._becomes(found, "SETTLED")

    async def makes_invoice(self, amount_msat: int, expiry_s: int = 3600) -> str:
        preimage = secrets.token_bytes(32)
        payment_hash = sha256(preimage).hexdigest()
        self.theirs[payment_hash] = DriverInvoice(preimage.hex(), amount_msat)
        draft = self._draft(payment_hash, amount_msat, expiry_s, "refund", None)
        return sign(draft, DRIVER_KEY)

    async def has_received(self, payment_hash: str) -> bool:
        return payment_hash in self.theirs and self.theirs[payment_hash].is_paid

    # --- the node's payments ---

    def start_payment(self, bolt11: str, fee_limit_msat: int) -> NodePayment:
        try:
            wanted = decode(bolt11)
        except BadInput as error:
            raise GrpcError(UNKNOWN, "checksum failed") from error
        if wanted.expires_at <= self.now():
            raise GrpcError(UNKNOWN, f"invoice expired. Valid until {wanted.expires_at}")
        before = self.payments.get(wanted.payment_hash)
        if before is not None and before.status != "FAILED":
            is_paid = before.status == "SUCCEEDED"
            raise GrpcError(
                ALREADY_EXISTS,
                "invoice is already paid" if is_paid else "payment is in transition",
            )
        amount_msat = wanted.amount_msat or 0
        payment = NodePayment(
            wanted.payment_hash, wanted.bolt11, amount_msat, self.fee_msat, len(self.payments) + 1
        )
        self.payments[payment.payment_hash] = payment
        if self.balance_msat - self.reserve_sat * 1000 < amount_msat + self.fee_msat:
            self.fail(payment.payment_hash, "FAILURE_REASON_INSUFFICIENT_BALANCE", back_msat=0)
            return payment
        self.balance_msat -= amount_msat + self.fee_msat
        if self.route == "none" or self.fee_msat > fee_limit_msat:
            self.fail(payment.payment_hash, "FAILURE_REASON_NO_ROUTE")
        elif payment.payment_hash not in self.theirs:
            self.fail(payment.payment_hash, "FAILURE_REASON_INCORRECT_PAYMENT_DETAILS")
        elif self.route == "arrives":
            asyncio.get_running_loop().call_later(0.02, self.arrive, payment.payment_hash)
        return payment

    def payment(self, payment_hash: str) -> NodePayment:
        if payment_hash not in self.payments:
            raise GrpcError(NOT_FOUND, "payment isn't initiated")
        return self.payments[payment_hash]

    def arrive(self, payment_hash: str) -> None:
        payment, theirs = self.payments[payment_hash], self.theirs[payment_hash]
        payment.status, payment.preimage = "SUCCEEDED", theirs.preimage
        theirs.is_paid = True
        payment.changed.set()

    def fail(self, payment_hash: str, reason: str, back_msat: int | None = None) -> None:
        payment = self.payments[payment_hash]
        payment.status, payment.reason = "FAILED", reason
        whole_msat = payment.amount_msat + payment.fee_msat
        self.balance_msat += whole_msat if back_msat is None else back_msat
        payment.changed.set()

    def _draft(
        self,
        payment_hash: str,
        amount_msat: int,
        expiry_s: int,
        memo: str,
        description_hash: str | None,
    ) -> InvoiceDraft:
        return InvoiceDraft(
            network=REGTEST,
            amount_msat=amount_msat,
            payment_hash=payment_hash,
            payment_secret=secrets.token_hex(32),
            created_at=self.now().replace(microsecond=0),
            expiry_s=expiry_s,
            memo=None if description_hash else memo,
            description_hash=description_hash,
        )
