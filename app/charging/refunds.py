"""Money going back, in three recorded steps: bound to one invoice, attempted, outcome."""

from typing import Literal

from app.charging.claims import Claim, ClaimKind
from app.charging.decision import Draft
from app.charging.effects import PayRefund, RemindOfRefund
from app.charging.events import RefundClaimed, RefundOutcome, RefundResolved
from app.charging.ledger import Account
from app.charging.offers import close_offer
from app.charging.session import Refund, Session
from app.charging.transitions import rest

OUTCOMES = {"paid": Account.REFUNDED, "failed": Account.REFUNDABLE}


def bind_refund(draft: Draft, event: RefundClaimed) -> None:
    """Bind the whole refundable amount to one invoice; anything else changes nothing.

    Whoever records this looks at the session afterwards: bound to their payment hash, or not.
    """
    session = draft.session
    if event.offer and not close_offer(draft, event.offer):
        return
    if session.is_pushed and not event.offer:
        return
    if event.amount_msat <= 0 or event.amount_msat != session.claimable_msat:
        return
    if event.payment_hash in (*session.refunds_failed, *session.refunds_paid):
        return
    cause = f"refund {event.payment_hash}"
    draft.claim(Claim(ClaimKind.REFUND, event.payment_hash, session.id))
    refund = Refund(event.payment_hash, event.amount_msat, draft.at)
    draft.change(refund=refund, due_at=None)
    draft.post(Account.REFUNDABLE, Account.REFUND_IN_FLIGHT, event.amount_msat, cause)
    draft.owe(_paying(session, refund, event.bolt11))


def finish_refund(draft: Draft, event: RefundOutcome) -> None:
    """Paid or failed ends the refund that is bound; unknown leaves it locked."""
    refund = _bound(draft.session, event.payment_hash)
    if refund is None or event.outcome == "unknown":
        return
    cause = f"refund {refund.payment_hash} {event.outcome}"
    fee_msat = event.fee_msat if event.outcome == "paid" else 0
    _end(draft, refund, event.outcome, cause, fee_msat)


def resolve_refund(draft: Draft, event: RefundResolved) -> None:
    """The owner's word ends the refund that is bound; it is not looked up any more."""
    refund = _bound(draft.session, event.payment_hash)
    if refund is None:
        return
    draft.withdraw(_paying(draft.session, refund))
    cause = f"refund {refund.payment_hash} {event.outcome}, said by {event.by}"
    _end(draft, refund, event.outcome, cause)


def forfeit(draft: Draft) -> None:
    """Nobody claimed the refund: remind its owner in time, and at the stated limit it is theirs."""
    session, expires_at = draft.session, draft.session.refund_expires_at
    if session.claimable_msat and expires_at is not None and draft.at < expires_at:
        if not session.reminded:
            draft.change(reminded=True)
            draft.owe(RemindOfRefund(session.id))
        draft.change(due_at=expires_at)
        return
    if session.claimable_msat:
        draft.post(Account.REFUNDABLE, Account.FORFEITED, session.claimable_msat, "refund expired")
    draft.change(due_at=None)


def _bound(session: Session, payment_hash: str) -> Refund | None:
    refund = session.refund
    return refund if refund is not None and refund.payment_hash == payment_hash else None


def _end(
    draft: Draft,
    refund: Refund,
    outcome: Literal["paid", "failed"],
    cause: str,
    fee_msat: int = 0,
) -> None:
    session, payment_hash = draft.session, refund.payment_hash
    draft.post(Account.REFUND_IN_FLIGHT, OUTCOMES[outcome], refund.amount_msat, cause)
    draft.post(Account.ROUTING_FEES, Account.WALLET, fee_msat, cause)
    draft.change(refund=None)
    if outcome == "paid":
        draft.change(refunds_paid=(*session.refunds_paid, payment_hash))
    else:
        failed = (*session.refunds_failed, payment_hash)
        draft.change(refunds_failed=failed, owed_since=draft.at)
    rest(draft)


def _paying(session: Session, refund: Refund, bolt11: str = "") -> PayRefund:
    """The payment of a bound refund; it is withdrawn by its key, which the invoice is not in."""
    return PayRefund(
        session.id, session.quote.wallet_id, refund.payment_hash, bolt11, refund.amount_msat
    )
