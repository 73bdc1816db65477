"""Money back to the payer: offered by LNURL-withdraw, bound to one invoice, paid afterwards.

LUD-03: ``k1`` is a bearer token; answer OK, then pay. One k1 leads to one payment: it stands for
the session and the number of refunds that have come to an end, and the invoice is bound by the
conditional write of ``RefundClaimed``.
"""

from dataclasses import dataclass
from datetime import timedelta

from app.charging.errors import BadInput, Conflict, NotAllowed
from app.charging.events import RefundClaimed
from app.charging.ports import Clock, Tables
from app.charging.session import Phase, Session
from app.checkout.offers import WithdrawOffer
from app.checkout.paid import PaidSession, PaidSessions
from app.checkout.settings import CheckoutSettings
from app.checkout.view import refund_state
from app.flow import Flow
from app.invoices import REGTEST, DecodedInvoice, check_payable, decode
from app.records import rows
from app.tokens import Signer

STOPPING = "The charge is being stopped. Please scan again in a moment."
UNDER_WAY = "A refund to another invoice is under way."
NOTHING = "There is nothing to refund."
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
            amount_msat=session.claimable_msat,
            state=refund_state(session),
        )

    async def claim(self, token: str, k1: str, bolt11: str) -> None:
        """Bind the whole amount to this invoice. The same invoice again is the same answer."""
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
        after = await self.flow.record(paid.tenant, session.id, [claimed])
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
                raise Conflict(STOPPING)
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
    if session.refund is not None:
        raise Conflict(UNDER_WAY)
    if session.phase is not Phase.ENDED:
        raise Conflict(STOPPING)
    if session.claimable_msat == 0:
        raise Conflict(NOTHING)
