"""The turns of the life cycle that several events lead to."""

from datetime import datetime, timedelta

from app.charging.claims import Claim, ClaimKind, connector_key
from app.charging.decision import Draft
from app.charging.effects import CancelPayment, SettlePayment, StartCharging, StopCharging
from app.charging.ledger import Account
from app.charging.session import End, Funding, PaymentState, Phase, Session


def begin(draft: Draft) -> None:
    """Funded: claim the connector and owe the start; without the connector, end at once."""
    session = draft.session
    if session.connector_lost:
        draft.change(phase=Phase.STARTING)
        end_without_charge(draft, End.CONNECTOR_TAKEN)
        return
    start_by = draft.at + timedelta(seconds=session.quote.limits.start_s)
    draft.change(phase=Phase.STARTING, start_by=start_by, due_at=start_by)
    draft.claim(connector_claim(session))
    draft.owe(start_effect(draft.session))


def start_effect(session: Session) -> StartCharging:
    """The one start of a session."""
    assert session.start_by is not None  # set with the phase, in ``begin``
    return StartCharging(
        session.id, session.charge_point, session.connector, session.id_tag, session.start_by
    )


def stop_effect(session: Session) -> StopCharging:
    """The stop of the session's transaction."""
    assert session.transaction_id is not None  # only what has started is stopped
    return StopCharging(session.id, session.charge_point, session.transaction_id, session.revived)


def connector_claim(session: Session, *, release: bool = False) -> Claim:
    """The session's claim on its connector."""
    key = connector_key(session.charge_point, session.connector)
    return Claim(ClaimKind.CONNECTOR, key, session.id, release)


def owe_stop(draft: Draft, *, by: str) -> None:
    """Owe a stop, once, while energy flows."""
    session = draft.session
    if not session.running or session.stop_owed:
        return
    phase = Phase.STOPPING if session.phase is Phase.CHARGING else session.phase
    draft.change(phase=phase, stop_owed=True, stop_asked_by=by)
    draft.owe(stop_effect(draft.session))


def end_without_charge(draft: Draft, end: End) -> None:
    """A start that is not to be: everything goes back."""
    session = draft.session
    if session.phase is not Phase.STARTING:
        return
    if session.start_by is not None and not session.start_accepted:
        draft.withdraw(start_effect(session))
    for payment in session.payments:
        if payment.state is PaymentState.HELD:
            draft.owe(CancelPayment(session.id, payment.payment_hash, session.quote.wallet_id))
    close(draft, end)


def settle_held(draft: Draft) -> None:
    """Take every held payment: the charge point has accepted."""
    session = draft.session
    for payment in session.payments:
        if payment.state is PaymentState.HELD:
            draft.owe(SettlePayment(session.id, payment.payment_hash, session.quote.wallet_id))


def close(draft: Draft, end: End) -> None:
    """End the session: price the energy, give the connector back, leave the rest refundable."""
    session = draft.session
    if not session.connector_lost:
        draft.claim(connector_claim(session, release=True))
    draft.change(phase=Phase.ENDED, ended_at=draft.at, end=end, start_by=None)
    charge(draft, "end")
    rest(draft)


def charge(draft: Draft, cause: str) -> None:
    """Post what the energy costs beyond what was charged before."""
    session = draft.session
    due_msat = session.cost_msat - session.balances.charged
    if due_msat <= 0:
        return
    source = {Funding.PARTNER: Account.RECEIVABLE, Funding.OWNER: Account.ABSORBED}
    if session.funding in source:
        draft.post(source[session.funding], Account.CHARGED, due_msat, cause)
        return
    prepaid = min(due_msat, session.balances.refundable + session.balances.residue)
    _restore_residue(draft, prepaid, cause)
    draft.post(Account.REFUNDABLE, Account.CHARGED, prepaid, cause)
    draft.post(Account.ABSORBED, Account.CHARGED, due_msat - prepaid, cause)
    held_msat = sum(p.amount_msat for p in session.payments if p.state is PaymentState.HELD)
    draft.change(recoverable_msat=min(due_msat - prepaid, held_msat))


def absorb(draft: Draft, cause: str) -> None:
    """Post energy that came after the session was settled: the owner's loss."""
    due_msat = draft.session.cost_msat - draft.session.balances.charged
    if due_msat > 0:
        draft.post(Account.ABSORBED, Account.CHARGED, due_msat, cause)


def recover(draft: Draft, cause: str) -> None:
    """Money that arrived after its energy was given away pays for that energy."""
    session = draft.session
    amount_msat = min(session.balances.refundable, session.recoverable_msat)
    draft.post(Account.REFUNDABLE, Account.ABSORBED, amount_msat, cause)
    draft.change(recoverable_msat=session.recoverable_msat - amount_msat)


def rest(draft: Draft) -> None:
    """Part what cannot be paid out from what can, and decide when to look again."""
    session = draft.session
    balances = session.balances
    unpaid_msat = balances.refundable + balances.residue
    residue_msat = unpaid_msat % session.quote.unit_msat
    moved = residue_msat - balances.residue
    if moved > 0:
        draft.post(Account.REFUNDABLE, Account.RESIDUE, moved, "below the smallest payable unit")
    elif moved < 0:
        draft.post(Account.RESIDUE, Account.REFUNDABLE, -moved, "payable after all")
    draft.change(due_at=_look_again(draft.session))


def _look_again(session: Session) -> datetime | None:
    if session.claimable_msat == 0 or session.refund_expires_at is None:
        return None
    limits = session.quote.limits
    if session.reminded or not 0 < limits.remind_s < limits.refund_expiry_s:
        return session.refund_expires_at
    return session.refund_expires_at - timedelta(seconds=limits.remind_s)


def _restore_residue(draft: Draft, needed_msat: int, cause: str) -> None:
    short = needed_msat - draft.session.balances.refundable
    if short > 0:
        draft.post(Account.RESIDUE, Account.REFUNDABLE, short, cause)
