"""Money back to the payer: offered by LNURL-withdraw, bound to one invoice, paid afterwards.

LUD-03: ``k1`` is a bearer token; answer OK, then pay. One k1 leads to one payment: it stands for
the session and the number of refunds that have come to an end, and the invoice is bound by the
conditional write of ``RefundClaimed``.
"""

from dataclasses import dataclass
from datetime import timedelta

from app.charging.errors import BadInput, Conflict, NotAllowed
from app.charging.events import Event, PayerReachable, RefundClaimed
from app.charging.ports import Clock, Tables
from app.charging.session import Phase, Session
from app.checkout.addresses import lightning_address
from app.checkout.offers import WithdrawOffer
from app.checkout.paid import PaidSession, PaidSessions
from app.checkout.settings import CheckoutSettings
from app.checkout.view import refund_state
from app.flow import Flow
from app.invoices import REGTEST, DecodedInvoice, check_payable, decode
from app.records import rows
from app.records.payers import Payers
from app.tokens import Signer

STOPPING = "The charge is being stopped. Please scan again in a moment."
UNPLUG = "Please unplug: standing here costs, and the rest is yours then. Then scan again."
UNDER_WAY = "A refund to another invoice is under way."
FIXED = "The refund goes to the lightning address that came with the payment."
NOTHING = "There is nothing to refund."
_LONGEST_URL = 500
WRONG_K1 = "This withdraw code is not valid any more. Please scan again."


@dataclass(frozen=True, slots=True)
class Refunding:
    """Offers and binds refunds."""

    tables: Tables
    paid: PaidSessions
    flow: Flow
    signer: Signer
    clock: Clock
    settings: CheckoutSettings

    async def offer(self, token: str) -> WithdrawOffer:
        """Stop the charge, wait a bounded time for its end, then offer the exact amount."""
        paid = await self._ended(token)
        session = paid.session
        return WithdrawOffer(
            k1=self._k1(paid.tenant, session, rounds(session)),
            amount_msat=0 if session.is_pushed else session.claimable_msat,
            state=refund_state(session),
        )

    async def balance(self, token: str) -> WithdrawOffer:
        """What could be withdrawn now (LUD-14); looking stops nothing."""
        paid = await self.paid.load(token)
        session = paid.session
        k1 = self._k1(paid.tenant, session, rounds(session))
        amount_msat = 0 if session.is_pushed else session.claimable_msat
        return WithdrawOffer(k1, amount_msat, refund_state(session))

    async def refund_to(self, token: str, address: str) -> None:
        """From now on what is left goes to this address by itself."""
        paid = await self.paid.load(token)
        session = paid.session
        address = lightning_address(address, field="address", ours=self.settings.host)
        if session.is_fixed:
            raise Conflict(FIXED)
        await Payers(self.tables).change(paid.tenant, session.id, {"address": address})
        await self.flow.record(paid.tenant, session.id, [PayerReachable(self.clock.now())])

    async def claim(self, token: str, k1: str, bolt11: str, notify_url: str = "") -> None:
        """Bind the whole amount to this invoice. The same invoice again is the same answer.

        ``notify_url``: where the wallet wants to be told of a later balance (LUD-15).
        """
        paid = await self.paid.load(token)
        session = paid.session
        self._check_k1(paid.tenant, session, k1)
        payment_hash = decode(bolt11).payment_hash
        if _is_bound(session, payment_hash):
            return
        _require_claimable(session, payment_hash)
        if k1 != self._k1(paid.tenant, session, rounds(session)):
            raise NotAllowed(WRONG_K1)
        invoice = await self._payable(paid, bolt11)
        claimed = RefundClaimed(
            self.clock.now(), payment_hash, invoice.bolt11, session.claimable_msat, k1
        )
        events: list[Event] = [claimed]
        if notify_url and not session.reach.known and _is_notifiable(notify_url):
            payers = Payers(self.tables)
            await payers.change(paid.tenant, session.id, {"notify_url": notify_url})
            events.append(PayerReachable(claimed.at))
        after = await self.flow.record(paid.tenant, session.id, events)
        if not _is_bound(after, payment_hash):
            raise Conflict(UNDER_WAY if after.refund else WRONG_K1)

    async def _ended(self, token: str) -> PaidSession:
        paid = await self.paid.load(token)
        if paid.session.phase is Phase.ENDED:
            return paid
        await self.paid.request_stop(paid)
        give_up_at = self.clock.now() + timedelta(seconds=self.settings.withdraw_wait_s)
        while True:
            paid = await self.paid.load(token)
            if paid.session.phase is Phase.ENDED:
                return paid
            if self.clock.now() >= give_up_at:
                raise Conflict(_not_yet(paid.session))
            await self.clock.sleep(self.settings.withdraw_poll_s)

    def _check_k1(self, tenant: str, session: Session, k1: str) -> None:
        """One of this session's own, of whichever round; anything else is forged."""
        ours = {self._k1(tenant, session, round_) for round_ in range(rounds(session) + 1)}
        if k1 not in ours:
            raise NotAllowed(WRONG_K1)

    async def _payable(self, paid: PaidSession, bolt11: str) -> DecodedInvoice:
        owner = await rows.tenants(self.tables).get(paid.tenant, paid.tenant)
        return check_payable(
            bolt11,
            amount_msat=paid.session.claimable_msat,
            now=self.clock.now(),
            min_remaining_s=self.settings.refund_invoice_life_s,
            network=REGTEST if owner.mode == "sandbox" else self.settings.network,
        )

    def _k1(self, tenant: str, session: Session, round_: int) -> str:
        return self.signer.k1(tenant, session.id, str(round_))


def rounds(session: Session) -> int:
    """How many refunds of the session have come to an end, paid or failed."""
    return len(session.refunds_paid) + len(session.refunds_failed)


def _is_bound(session: Session, payment_hash: str) -> bool:
    bound = session.refund is not None and session.refund.payment_hash == payment_hash
    return bound or payment_hash in session.refunds_paid


def _require_claimable(session: Session, payment_hash: str) -> None:
    if payment_hash in session.refunds_failed:
        raise BadInput("This invoice could not be paid. Please make a new one.", field="pr")
    if session.is_pushed:
        raise Conflict(FIXED)
    if session.refund is not None:
        raise Conflict(UNDER_WAY)
    if session.phase is not Phase.ENDED:
        raise Conflict(_not_yet(session))
    if session.claimable_msat == 0:
        raise Conflict(NOTHING)


def _not_yet(session: Session) -> str:
    """Why the exact refund is not known yet."""
    return UNPLUG if session.phase is Phase.FINISHING else STOPPING


def _is_notifiable(url: str) -> bool:
    """Whether a wallet's URL may be told of a balance; the guarded client decides the rest."""
    return url.startswith("https://") and len(url) <= _LONGEST_URL and url.isprintable()
