"""Money going back, in three recorded steps: bound to one invoice, attempted, outcome."""

from datetime import timedelta

from app.charging.claims import Claim, ClaimKind
from app.charging.decision import Draft
from app.charging.effects import PayRefund
from app.charging.events import RefundClaimed, RefundOutcome
from app.charging.ledger import Account
from app.charging.session import Refund
from app.charging.transitions import rest

OUTCOMES = {"paid": Account.REFUNDED, "failed": Account.REFUNDABLE}


def bind_refund(draft: Draft, event: RefundClaimed) -> None:
    """Bind the whole refundable amount to one invoice; anything else changes nothing.

    Whoever records this looks at the session afterwards: bound to their payment hash, or not.
    """
    session = draft.session
    if event.amount_msat <= 0 or event.amount_msat != session.claimable_msat:
        return
    if event.payment_hash in (*session.refunds_failed, *session.refunds_paid):
        return
    cause = f"refund {event.payment_hash}"
    draft.claim(Claim(ClaimKind.REFUND, event.payment_hash, session.id))
    draft.change(refund=Refund(event.payment_hash, event.amount_msat), due_at=None)
    draft.post(Account.REFUNDABLE, Account.REFUND_IN_FLIGHT, event.amount_msat, cause)
    draft.owe(
        PayRefund(
            session.id,
            session.quote.wallet_id,
            event.payment_hash,
            event.bolt11,
            event.amount_msat,
        )
    )


def finish_refund(draft: Draft, event: RefundOutcome) -> None:
    """Paid or failed ends the refund that is bound; unknown leaves it locked."""
    session, refund = draft.session, draft.session.refund
    if refund is None or refund.payment_hash != event.payment_hash:
        return
    if event.outcome == "unknown":
        return
    cause = f"refund {refund.payment_hash} {event.outcome}"
    draft.post(Account.REFUND_IN_FLIGHT, OUTCOMES[event.outcome], refund.amount_msat, cause)
    draft.change(refund=None)
    if event.outcome == "paid":
        draft.post(Account.ROUTING_FEES, Account.WALLET, event.fee_msat, cause)
        draft.change(refunds_paid=(*session.refunds_paid, refund.payment_hash))
    else:
        draft.change(refunds_failed=(*session.refunds_failed, refund.payment_hash))
    rest(draft)


def forfeit(draft: Draft) -> None:
    """Nobody claimed the refund within the owner's stated limit."""
    session = draft.session
    if session.ended_at is None:
        return
    expires_at = session.ended_at + timedelta(seconds=session.quote.limits.refund_expiry_s)
    if session.claimable_msat and draft.at >= expires_at:
        draft.post(Account.REFUNDABLE, Account.FORFEITED, session.claimable_msat, "refund expired")
    draft.change(due_at=None)
