"""An owner's wallet over Nostr Wallet Connect (NIP-47).

Read from NIP-47 and from the services most owners have (Alby Hub, LNbits' ``nwcprovider``):

- No answer in time says nothing: a request may be carried out later, an answer may be lost. So a
  payment without an answer is unknown and looked up. ``lookup_invoice`` may say NOT_FOUND of a
  payment under way: that is "unknown to the wallet", never failure.
- Before a payment the service is asked about its hash. That finds one that was made already and,
  above all, shows that the service answers: while it is down nothing is sent, so nothing becomes
  unknown.
- Which errors prove that nothing was paid is in ``nwc_errors``.
- NIP-47 does not promise that paying one invoice twice is harmless, so it is not declared.
- It has no fee limit: the service's own fee reserve bounds the fee (Alby Hub and LNbits: 1 %
  with a floor of 10 and 2 sats). A fee over the limit is logged.
- Amounts are msat, but Alby Hub refuses parts of a sat and ``nwcprovider`` cuts them off
  silently, so the smallest unit is a sat for every service.
"""

import asyncio
import logging
from typing import Any
from weakref import WeakValueDictionary

from app.charging.errors import BadInput, NotFound, Unavailable
from app.charging.ports import (
    Clock,
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
from app.invoices import DecodedInvoice, decode
from app.wallets.nwc_asking import ASK_S, NwcAsker
from app.wallets.nwc_errors import failure_of, require
from app.wallets.nwc_holds import HoldPreimages
from app.wallets.nwc_invoices import checked, invoice_params
from app.wallets.nwc_link import NeverSent, NwcLink, OnHint
from app.wallets.nwc_messages import NwcAnswer
from app.wallets.nwc_transactions import (
    NwcTransaction,
    fitting_preimage,
    judge_incoming,
    judge_outgoing,
)

_log = logging.getLogger(__name__)

PAY_S = 20.0
LONGEST_PAY_S = 2 * ASK_S + PAY_S
"""The hard time-out of ``pay``: look up, pay, look up."""

HOLD_METHODS = frozenset({"make_hold_invoice", "settle_hold_invoice", "cancel_hold_invoice"})


class NwcWallet:
    """One wallet behind one connection; also a ``HoldWallet`` where the service has them."""

    def __init__(self, link: NwcLink, clock: Clock, holds: HoldPreimages) -> None:
        self._link = link
        self._asker = NwcAsker(link, clock)
        self._clock = clock
        self._holds = holds
        self._paying: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @property
    def capabilities(self) -> WalletCapabilities:
        """What the service announces. Before it was heard of, what NIP-47 has at most, so that
        a fresh process can settle what another one has made; ``create_invoice`` then decides."""
        info = self._link.known_info
        return WalletCapabilities(
            can_pay=info is None or "pay_invoice" in info.methods,
            hold_invoices=info is None or info.methods >= HOLD_METHODS,
            smallest_unit_msat=1000,
            resend_is_harmless=False,
            secret_preimage=False,  # nwcprovider is LNbits, which gives it to anyone
        )

    # --- receiving -----------------------------------------------------------------------

    async def create_invoice(self, request: InvoiceRequest) -> Invoice:
        """Make an invoice and hold what the service made against what was asked."""
        if request.amount_msat <= 0 or request.amount_msat % 1000:
            raise BadInput("The amount must be whole sats.", field="amount")
        params = invoice_params(request)
        if not request.hold:
            answer = await self._link.ask("make_invoice", params, deadline_s=ASK_S)
            return checked(require(answer, "make an invoice"), request)
        if not (await self._link.info()).methods >= HOLD_METHODS:
            raise Unavailable("This wallet has no hold invoices.")
        payment_hash = await self._holds.new()
        params["payment_hash"] = payment_hash
        answer = await self._link.ask("make_hold_invoice", params, deadline_s=ASK_S)
        return checked(require(answer, "make an invoice"), request, payment_hash)

    async def look_up_incoming(self, payment_hash: str) -> Incoming:
        """What the service says of its invoice; ``NotFound`` for a hash that is none of its."""
        found = await self._asker.find(payment_hash, "incoming")
        if found is None:
            raise NotFound("The wallet does not know this invoice.")
        verdict = judge_incoming(found, self._clock.now())
        if verdict == "doubtful":
            return await self._weigh(found)
        if verdict == "held" and await self._is_given_back(found):
            return IncomingGone()
        match verdict:
            case "settled":
                return IncomingSettled(found.amount_msat)
            case "held":
                return IncomingHeld(found.amount_msat)
            case "gone":
                return IncomingGone()
        return IncomingOpen()

    async def settle_held(self, payment_hash: str) -> None:
        """Take the money of a hold invoice; doing it again changes nothing."""
        params = {"preimage": await self._holds.preimage(payment_hash)}
        answer = await self._link.ask("settle_hold_invoice", params, deadline_s=ASK_S)
        if answer.code and not await self._has_ended(payment_hash):
            require(answer, "settle a hold invoice")

    async def cancel_held(self, payment_hash: str) -> None:
        """Give the money of a hold invoice back; doing it again changes nothing.

        Alby Hub cancels only what is held: one nobody has paid so far stays payable there.
        """
        params = {"payment_hash": payment_hash}
        answer = await self._link.ask("cancel_hold_invoice", params, deadline_s=ASK_S)
        if answer.code == "NOT_FOUND":
            if await self._asker.is_ambiguous(payment_hash):
                await self._holds.note_cancelled(payment_hash)
        elif not answer.code:
            await self._holds.note_cancelled(payment_hash)
        elif not await self._has_ended(payment_hash):
            require(answer, "cancel a hold invoice")

    # --- paying --------------------------------------------------------------------------

    async def pay(self, bolt11: str, *, amount_msat: int, fee_limit_msat: int) -> Outgoing:
        """Pay, unless the service knows the payment already; at most ``LONGEST_PAY_S``."""
        try:
            invoice = decode(bolt11)
        except BadInput as error:
            return OutgoingFailed(error.message)
        if invoice.amount_msat != amount_msat:
            return OutgoingFailed("the invoice is for another amount")
        if self._clock.now() >= invoice.expires_at:
            return OutgoingFailed("the invoice has expired")
        async with self._paying.setdefault(invoice.payment_hash, asyncio.Lock()):
            before = await self._before(invoice)
            outgoing = before or await self._send(invoice)
        if isinstance(outgoing, OutgoingPaid) and outgoing.fee_msat > fee_limit_msat:
            _log.warning("a fee of %s msat, over %s", outgoing.fee_msat, fee_limit_msat)
        return outgoing

    async def look_up_outgoing(self, payment_hash: str) -> Outgoing:
        """What became of a payment of this wallet."""
        found = await self._asker.find(payment_hash, "outgoing")
        return _outgoing(found)

    async def spendable_msat(self) -> int:
        """The balance, or what is left of the connection's budget if that is less."""
        return await self._asker.spendable_msat()

    # --- and more ------------------------------------------------------------------------

    async def watch(self, on_hint: OnHint) -> None:
        """Call this for every notification of the service: a reason to look up, never proof."""
        await self._link.watch(on_hint)

    async def close(self) -> None:
        """Disconnect once requests under way have ended."""
        await self._link.close()

    async def _weigh(self, found: NwcTransaction) -> Incoming:
        """An invoice said to be settled by a service whose word is not enough."""
        is_settled = await self._asker.is_shown_settled(found)
        if is_settled:
            return IncomingSettled(found.amount_msat)
        if is_settled is None:
            _log.warning("the wallet service calls an invoice settled that may not be paid")
        is_gone = is_settled is False and found.is_over(self._clock.now())
        return IncomingGone() if is_gone else IncomingOpen()

    async def _has_ended(self, payment_hash: str) -> bool:
        found = await self.look_up_incoming(payment_hash)
        return isinstance(found, IncomingSettled | IncomingGone)

    async def _is_given_back(self, found: NwcTransaction) -> bool:
        return found.state == "expired" and await self._holds.is_cancelled(found.payment_hash)

    async def _before(self, invoice: DecodedInvoice) -> Outgoing | None:
        """A payment of this invoice that is made or under way; raises when nobody answers."""
        found = await self._asker.find(invoice.payment_hash, "outgoing", lenient=True)
        outgoing = _outgoing(found)
        return outgoing if isinstance(outgoing, OutgoingPaid) or _is_known(outgoing) else None

    async def _send(self, invoice: DecodedInvoice) -> Outgoing:
        params = {"invoice": invoice.bolt11}
        try:
            answer = await self._link.ask("pay_invoice", params, deadline_s=PAY_S)
        except NeverSent:
            raise  # nothing has left: the port's Unavailable says just that
        except Unavailable as error:
            return await self._follow_up(invoice.payment_hash, error.message)
        if answer.result is not None:
            return await self._proven(invoice.payment_hash, answer.result)
        failure = failure_of(answer)
        if failure == "try again":
            raise Unavailable(f"The wallet takes no payment now ({answer.reason}).")
        if failure == "refused":
            return OutgoingFailed(_reason(answer))
        return await self._follow_up(
            invoice.payment_hash, _reason(answer), is_said_failed=failure == "failed"
        )

    async def _proven(self, payment_hash: str, result: Any) -> Outgoing:
        """A payment said to be made: the preimage proves it, else the look-up has to."""
        preimage = fitting_preimage(result.get("preimage"), payment_hash)
        fee_msat = result.get("fees_paid")
        if preimage is not None and type(fee_msat) is int and fee_msat >= 0:
            return OutgoingPaid(fee_msat, preimage)
        found = await self._follow_up(payment_hash, "said to be paid, without proof")
        if preimage is not None and not isinstance(found, OutgoingPaid):
            return OutgoingPaid(0, preimage)
        return found

    async def _follow_up(
        self, payment_hash: str, reason: str, *, is_said_failed: bool = False
    ) -> Outgoing:
        """The outcome of a payment whose answer does not settle it.

        "Failed" may be a time-out of the service's own, with the payment still under way
        (NIP-47, PAYMENT_FAILED): it is believed unless the look-up contradicts it.
        """
        try:
            found = await self._asker.find(payment_hash, "outgoing", lenient=True)
        except Unavailable as error:
            return OutgoingUnknown(f"{reason}; then: {error.message}")
        verdict = judge_outgoing(found) if found else "missing"
        if verdict == "failed" or (is_said_failed and verdict in ("missing", "doubtful")):
            return OutgoingFailed(reason)
        if verdict == "missing":
            return OutgoingUnknown(reason, known_to_wallet=False)
        return _outgoing(found)


def _outgoing(found: NwcTransaction | None) -> Outgoing:
    if found is None:
        return OutgoingUnknown("no payment with this hash", known_to_wallet=False)
    match judge_outgoing(found):
        case "paid":
            return OutgoingPaid(found.fee_msat, found.preimage)
        case "failed":
            return OutgoingFailed("the wallet has recorded the payment as failed")
        case "doubtful":
            return OutgoingUnknown("the wallet calls it settled, but shows no proof")
    return OutgoingUnknown("the payment is under way")


def _is_known(outgoing: Outgoing) -> bool:
    return isinstance(outgoing, OutgoingUnknown) and outgoing.known_to_wallet


def _reason(answer: NwcAnswer) -> str:
    if answer.code == "INSUFFICIENT_BALANCE":
        return f"insufficient balance ({answer.message[:200]})"
    return answer.reason
