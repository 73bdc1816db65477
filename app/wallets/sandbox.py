"""The sandbox: a wallet and a payer whose sats exist only in the tenant's own rows.

It makes valid, signed BOLT11 invoices, so that everything above it is the same as with real
money. They are of *regtest* (``lnbcrt``), Bitcoin's network of one machine: the ``bolt11`` and
``lnurl`` libraries read it, while a real wallet refuses it as another network's and never looks
for a route (``lntbs`` would send a signet wallet searching for the node).

``SandboxWallet`` is the owner's side, behind the ``Wallet`` port; ``SandboxPayer`` is every
driver's: the "pay" button, ``strom sandbox pay``, and invoices that collect refunds.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.charging.errors import (
    BadInput,
    ConditionFailed,
    Conflict,
    NotFound,
    StorageError,
    StorageUncertain,
    Unavailable,
)
from app.charging.ports import (
    Chance,
    Clock,
    Incoming,
    IncomingGone,
    IncomingOpen,
    IncomingSettled,
    Invoice,
    InvoiceRequest,
    Outgoing,
    OutgoingFailed,
    OutgoingPaid,
    OutgoingUnknown,
    Tables,
    WalletCapabilities,
)
from app.invoices import decode
from app.wallets.sandbox_book import BookedInvoice, SandboxBook

_log = logging.getLogger(__name__)

NOT_OURS = "not a sandbox invoice"

Ring = Callable[[str], Awaitable[None]]
"""Call a webhook's URL; it is a hint, so whatever it raises is logged and forgotten."""


class SandboxWallet:
    """An owner's wallet in the sandbox. It keeps nothing in memory but its node key.

    Sending one hash twice is harmless: the invoice's own state allows one payment.
    """

    def __init__(
        self,
        tables: Tables,
        clock: Clock,
        chance: Chance,
        tenant: str,
        *,
        smallest_unit_msat: int = 1000,
    ) -> None:
        self._book = SandboxBook(tables, clock, chance, tenant)
        self._capabilities = WalletCapabilities(
            can_pay=True,
            hold_invoices=False,
            smallest_unit_msat=smallest_unit_msat,
            resend_is_harmless=True,
            secret_preimage=True,
            is_sandbox=True,
        )

    @property
    def capabilities(self) -> WalletCapabilities:
        """Whole sats unless told otherwise, as in most wallets drivers have."""
        return self._capabilities

    async def create_invoice(self, request: InvoiceRequest) -> Invoice:
        """Make an invoice; amounts finer than the smallest unit are ``BadInput``."""
        unit_msat = self._capabilities.smallest_unit_msat
        if request.amount_msat <= 0 or request.amount_msat % unit_msat:
            raise BadInput(f"The amount must be a multiple of {unit_msat} msat.", field="amount")
        return (await self._book.create("owner", request)).as_invoice()

    async def look_up_incoming(self, payment_hash: str) -> Incoming:
        """What became of an invoice of ours; ``NotFound`` for another's."""
        booked = await self._book.find(payment_hash)
        if booked is None or booked.made_by != "owner":
            raise NotFound("The wallet does not know this invoice.")
        if booked.state == "paid":
            return IncomingSettled(booked.amount_msat)
        return IncomingOpen() if booked.state == "open" else IncomingGone()

    async def pay(self, bolt11: str, *, amount_msat: int, fee_limit_msat: int) -> Outgoing:
        """Pay an invoice that this tenant's ``SandboxPayer`` made; there are no fees."""
        booked = await _find(self._book, bolt11)
        if booked is None:
            return OutgoingFailed(NOT_OURS)
        if booked.made_by != "driver":
            return OutgoingFailed("this is the wallet's own invoice")
        if booked.amount_msat != amount_msat:
            return OutgoingFailed("the invoice is for another amount")
        if booked.state != "open":
            return _outgoing(booked)
        return await self._send(booked)

    async def look_up_outgoing(self, payment_hash: str) -> Outgoing:
        """What became of a payment; one that was never begun is not known to this wallet."""
        booked = await self._book.find(payment_hash)
        if booked is None or booked.made_by != "driver":
            return OutgoingUnknown("no payment with this hash", known_to_wallet=False)
        return _outgoing(booked)

    async def spendable_msat(self) -> int:
        """Received less paid out."""
        return await self._book.balance_msat()

    async def close(self) -> None:
        """Nothing is held open."""

    async def _send(self, booked: BookedInvoice) -> Outgoing:
        try:
            await self._book.pay(booked)
        except ConditionFailed as error:
            if 0 not in error.failed:
                return OutgoingFailed("insufficient balance")
            return await self.look_up_outgoing(booked.payment_hash)
        except StorageError as error:
            return OutgoingUnknown(error.message)
        return OutgoingPaid(fee_msat=0, preimage=booked.preimage)


@dataclass(frozen=True, slots=True)
class SandboxPayment:
    """A driver's payment that has gone through. Only the payer sees the preimage."""

    payment_hash: str
    amount_msat: int
    preimage: str


class SandboxPayer:
    """The drivers of the sandbox: they pay owners' invoices and make invoices for refunds."""

    def __init__(
        self, tables: Tables, clock: Clock, chance: Chance, *, ring: Ring | None = None
    ) -> None:
        self._tables = tables
        self._clock = clock
        self._chance = chance
        self._ring = ring

    async def pay(self, tenant: str, bolt11: str) -> SandboxPayment:
        """Pay an invoice of the tenant's sandbox wallet and ring its webhook.

        Raises ``NotFound`` for any other invoice, ``Conflict`` for one that is paid already or
        has expired.
        """
        book = self._book(tenant)
        booked = await _find(book, bolt11)
        if booked is None or booked.made_by != "owner":
            raise NotFound(f"This is {NOT_OURS} of this owner.", field="pr")
        if booked.state != "open":
            raise Conflict(_why_not(booked), field="pr")
        await self._send(book, booked)
        await self._notify(booked.webhook_url)
        return SandboxPayment(booked.payment_hash, booked.amount_msat, booked.preimage)

    async def create_driver_invoice(
        self,
        tenant: str,
        amount_msat: int,
        *,
        memo: str = "Sandbox refund",
        expiry_s: int = 3600,
    ) -> Invoice:
        """An invoice of a driver's, which the tenant's sandbox wallet can pay."""
        if amount_msat <= 0:
            raise BadInput("The amount must be above zero.", field="amount")
        request = InvoiceRequest(amount_msat=amount_msat, expiry_s=expiry_s, memo=memo)
        return (await self._book(tenant).create("driver", request)).as_invoice()

    async def has_received(self, tenant: str, payment_hash: str) -> bool:
        """Whether a driver's invoice has been paid."""
        booked = await self._book(tenant).find(payment_hash)
        if booked is None or booked.made_by != "driver":
            raise NotFound("There is no such driver's invoice.")
        return booked.state == "paid"

    def _book(self, tenant: str) -> SandboxBook:
        return SandboxBook(self._tables, self._clock, self._chance, tenant)

    async def _send(self, book: SandboxBook, booked: BookedInvoice) -> None:
        try:
            await book.pay(booked)
        except (ConditionFailed, StorageUncertain) as error:
            found = await book.find(booked.payment_hash)
            if isinstance(error, StorageUncertain) and found and found.state == "paid":
                return  # it was our own write whose answer was lost
            if found is None or found.state == "open":
                raise Unavailable("The sandbox could not pay just now; try again.") from error
            raise Conflict(_why_not(found), field="pr") from error

    async def _notify(self, webhook_url: str) -> None:
        if self._ring is None or not webhook_url:
            return
        try:
            await self._ring(webhook_url)
        except Exception as error:  # a hint may fail in any way; its URL is a secret
            _log.info("a sandbox webhook could not be rung: %s", type(error).__name__)


async def _find(book: SandboxBook, bolt11: str) -> BookedInvoice | None:
    """The very invoice, not only one with its hash; None for what is no invoice at all."""
    try:
        wanted = decode(bolt11)
    except BadInput:
        return None
    booked = await book.find(wanted.payment_hash)
    return booked if booked is not None and booked.bolt11 == wanted.bolt11 else None


def _outgoing(booked: BookedInvoice) -> Outgoing:
    if booked.state == "paid":
        return OutgoingPaid(fee_msat=0, preimage=booked.preimage)
    if booked.state == "gone":
        return OutgoingFailed("the invoice has expired")
    return OutgoingUnknown("no payment with this hash", known_to_wallet=False)


def _why_not(booked: BookedInvoice) -> str:
    if booked.state == "paid":
        return "This invoice is paid already."
    return "This invoice has expired; ask for a new one."
