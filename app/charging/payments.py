"""Money coming in: the first payment begins the session, later ones extend its budget."""

from dataclasses import replace

from app.charging.claims import Claim, ClaimKind
from app.charging.decision import Draft
from app.charging.effects import CancelPayment, SettlePayment
from app.charging.events import PaymentGone, PaymentHeld, PaymentSettled
from app.charging.ledger import Account
from app.charging.session import Payment, PaymentState, Phase, Session
from app.charging.standing import look_again
from app.charging.transitions import begin, recover, rest


def count_payment(draft: Draft, event: PaymentHeld | PaymentSettled) -> None:
    """Count a payment once. What another session holds, or was counted before, changes nothing."""
    session = draft.session
    known = payment(session, event.payment_hash)
    settled = isinstance(event, PaymentSettled)
    if event.payment_hash in session.refused_payments:
        return
    if known is not None and (not settled or known.state is PaymentState.SETTLED):
        return
    state = PaymentState.SETTLED if settled else PaymentState.HELD
    _note(draft, Payment(event.payment_hash, event.amount_msat, state))
    if known is None:
        draft.claim(Claim(ClaimKind.PAYMENT, event.payment_hash, session.id))
    if settled:
        cause = f"payment {event.payment_hash}"
        draft.post(Account.PAID, Account.REFUNDABLE, event.amount_msat, cause)
    _go_on(draft, event, settled=settled)


def drop_payment(draft: Draft, event: PaymentGone) -> None:
    """A held payment went back; one that settled stays ours whatever is said later."""
    known = payment(draft.session, event.payment_hash)
    if known is not None and known.state is PaymentState.HELD:
        _note(draft, replace(known, state=PaymentState.GONE))
        look_again(draft)


def payment(session: Session, payment_hash: str) -> Payment | None:
    """The session's payment of that hash, or None."""
    return next((p for p in session.payments if p.payment_hash == payment_hash), None)


def _go_on(draft: Draft, event: PaymentHeld | PaymentSettled, *, settled: bool) -> None:
    session = draft.session
    if session.phase is Phase.UNPAID:
        begin(draft)
    elif session.phase is Phase.ENDED:
        _too_late(draft, event, settled=settled)
    elif not settled and session.start_accepted:
        draft.owe(SettlePayment(session.id, event.payment_hash, session.quote.wallet_id))
    look_again(draft)


def _too_late(draft: Draft, event: PaymentHeld | PaymentSettled, *, settled: bool) -> None:
    if settled:
        recover(draft, f"payment {event.payment_hash}")
        rest(draft)
    else:
        session = draft.session
        draft.owe(CancelPayment(session.id, event.payment_hash, session.quote.wallet_id))


def _note(draft: Draft, noted: Payment) -> None:
    others = tuple(p for p in draft.session.payments if p.payment_hash != noted.payment_hash)
    draft.change(payments=(*others, noted))
