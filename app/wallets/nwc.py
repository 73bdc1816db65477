"""An owner's wallet over Nostr Wallet Connect (NIP-47).

Read from NIP-47 and from the services most owners have (Alby Hub, LNbits' ``nwcprovider``):

- No answer in time says nothing: a request may be carried out later, an answer may be lost. So a
  payment without an answer is unknown and looked up. ``lookup_invoice`` may say NOT_FOUND of a
  payment under way: that is "unknown to the wallet", never failure.
- What is believed of an answer is in ``nwc_transactions`` and ``nwc_errors``, how a payment is
  made in ``nwc_paying``.
- NIP-47 does not promise that paying one invoice twice is harmless, so it is not declared.
- It has no fee limit: the service's own fee reserve bounds the fee (Alby Hub and LNbits: 1 %
  with a floor of 10 and 2 sats). A fee over the limit is logged.
- Amounts are msat, but Alby Hub refuses parts of a sat and ``nwcprovider`` cuts them off
  silently, so the smallest unit is a sat for every service.
"""

import contextlib
import logging

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
    WalletCapabilities,
)
from app.wallets.arrivals import Untold
from app.wallets.nwc_asking import ASK_S, NwcAsker
from app.wallets.nwc_errors import require
from app.wallets.nwc_holds import HoldPreimages
from app.wallets.nwc_invoices import checked, invoice_params
from app.wallets.nwc_link import NwcLink
from app.wallets.nwc_paying import NwcPayer
from app.wallets.nwc_transactions import NwcTransaction, judge_incoming

_log = logging.getLogger(__name__)

HOLD_METHODS = frozenset({"make_hold_invoice", "settle_hold_invoice", "cancel_hold_invoice"})


class NwcWallet:
    """One wallet behind one connection; also a ``HoldWallet`` where the service has them."""

    def __init__(self, link: NwcLink, clock: Clock, holds: HoldPreimages) -> None:
        self._link = link
        self._asker = NwcAsker(link, clock)
        self._clock = clock
        self._holds = holds
        self._payer = NwcPayer(link, self._asker, clock)

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
            rings=False,
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
        return await self._payer.pay(bolt11, amount_msat, fee_limit_msat)

    async def look_up_outgoing(self, payment_hash: str) -> Outgoing:
        """What became of a payment of this wallet."""
        return await self._payer.look_up(payment_hash)

    async def spendable_msat(self) -> int:
        """The balance, or what is left of the connection's budget if that is less."""
        return await self._asker.spendable_msat()

    # --- and more ------------------------------------------------------------------------

    async def arrival(self, payment_hash: str) -> None:
        """Return once the service notifies of this payment; see ``WatchedWallet``.

        Notifications are ephemeral events (NIP-47, NIP-01): what was told while nobody listened
        is lost, so the service is asked once after the listening has begun.
        """
        if not (await self._link.info()).tells:
            raise Untold("This wallet service sends no notifications.")
        async with self._link.listening(payment_hash) as ear:
            with contextlib.suppress(NotFound):
                if not isinstance(await self.look_up_incoming(payment_hash), IncomingOpen):
                    return
            await ear.hears()

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
