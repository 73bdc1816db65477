"""The session's life cycle: ``advance(session, event) -> Decision``, pure.

Every event may come late, twice, or in an odd order: what does not fit the session any more
changes nothing. So a write whose answer was lost is simply decided again from what is stored.
"""

from collections.abc import Iterable
from datetime import timedelta

from app.charging import events as ev
from app.charging.claims import ClaimKind
from app.charging.decision import Decision, Draft
from app.charging.effects import SealSession
from app.charging.metering import charging_started, end_unseen, read_meter, stop
from app.charging.offers import end_offer, offer_refund, reach_payer
from app.charging.payments import count_payment, drop_payment
from app.charging.refunds import bind_refund, finish_refund, forfeit, resolve_refund
from app.charging.session import End, Funding, Phase, Session
from app.charging.standing import freed, let_go, overstayed
from app.charging.transitions import (
    begin,
    close,
    end_without_charge,
    owe_stop,
    settle_held,
    start_effect,
)


def advance(session: Session, event: ev.Event) -> Decision:
    """Decide what an event means for a session; the same session and event, the same decision."""
    draft = Draft(session, event.at)
    _decide(draft, event)
    offer_refund(draft)
    _seal(draft)
    return draft.decision()


def fold(session: Session, happened: Iterable[ev.Event]) -> Decision:
    """Advance through several events; one decision comes out."""
    decision = Decision(session)
    for event in happened:
        decision = decision.then(advance(decision.session, event))
    return decision


def _decide(draft: Draft, event: ev.Event) -> None:
    match event:
        case ev.PaymentHeld() | ev.PaymentSettled():
            count_payment(draft, event)
        case ev.PaymentGone():
            drop_payment(draft, event)
        case ev.Funded():
            _fund(draft, event)
        case ev.StartAccepted():
            _start_accepted(draft)
        case ev.StartRejected():
            end_without_charge(draft, End.START_REJECTED)
        case ev.ChargingStarted():
            charging_started(draft, event)
        case ev.MeterRead():
            read_meter(draft, event)
        case ev.ChargingStopped():
            stop(draft, event)
        case ev.TransactionOver():
            end_unseen(draft, event)
        case ev.ConnectorFaulted():
            _faulted(draft, event)
        case ev.ConnectorFreed():
            freed(draft, event.at)
        case ev.StopRequested():
            _stop_requested(draft, event)
        case ev.RefundClaimed():
            bind_refund(draft, event)
        case ev.RefundOutcome():
            finish_refund(draft, event)
        case ev.PayerReachable():
            reach_payer(draft)
        case ev.OfferEnded():
            end_offer(draft, event)
        case ev.LinkReplaced():
            _replace_link(draft, event)
        case ev.RefundResolved():
            resolve_refund(draft, event)
        case ev.ClaimLost():
            _claim_lost(draft, event)
        case ev.TimedOut():
            _timed_out(draft, event)


def _seal(draft: Draft) -> None:
    """A session in which nothing is owed any more is sealed; again if more happens to it."""
    session = draft.session
    if session.settled and session.ledger_sequence > session.sealed_sequence:
        draft.owe(SealSession(session.id, session.ledger_sequence, session.ledger_hash))
        draft.change(sealed_sequence=session.ledger_sequence)


def _fund(draft: Draft, event: ev.Funded) -> None:
    if draft.session.phase is not Phase.UNPAID or event.funding is Funding.LIGHTNING:
        return
    draft.change(funding=event.funding, credit_msat=event.credit_msat)
    begin(draft)


def _start_accepted(draft: Draft) -> None:
    """An accepted start is not delivered again; held money is taken from here on."""
    if draft.session.phase is not Phase.STARTING or draft.session.start_accepted:
        return
    draft.change(start_accepted=True)
    draft.withdraw(start_effect(draft.session))
    settle_held(draft)


def _faulted(draft: Draft, event: ev.ConnectorFaulted) -> None:
    match draft.session.phase:
        case Phase.STARTING:
            end_without_charge(draft, End.FAULTED)
        case Phase.CHARGING:
            owe_stop(draft, by=f"fault {event.error_code}")
        case Phase.FINISHING:
            let_go(draft)


def _stop_requested(draft: Draft, event: ev.StopRequested) -> None:
    match draft.session.phase:
        case Phase.STARTING:
            end_without_charge(draft, End.CANCELLED)
        case Phase.CHARGING:
            owe_stop(draft, by=event.by)
        case Phase.FINISHING if event.by == "owner":
            let_go(draft)


def _replace_link(draft: Draft, event: ev.LinkReplaced) -> None:
    """Once for each link: of two who replace the same one, both hold the new one."""
    if event.link == draft.session.link:
        draft.change(link=event.link + 1)


def _claim_lost(draft: Draft, event: ev.ClaimLost) -> None:
    """Remember what another session holds; the event that wanted it is advanced after this."""
    session = draft.session
    match event.kind:
        case ClaimKind.CONNECTOR:
            draft.change(connector_lost=True)
        case ClaimKind.PAYMENT if event.key not in session.refused_payments:
            draft.change(refused_payments=(*session.refused_payments, event.key))
        case ClaimKind.REFUND if event.key not in session.refunds_failed:
            draft.change(refunds_failed=(*session.refunds_failed, event.key))
        case _:
            return


def _timed_out(draft: Draft, event: ev.TimedOut) -> None:
    session = draft.session
    if session.due_at is None or draft.at < session.due_at:
        return
    match session.phase:
        case Phase.STARTING:
            end_without_charge(draft, End.START_TIMED_OUT)
        case Phase.CHARGING | Phase.STOPPING:
            _maybe_silent(draft)
        case Phase.FINISHING if event.looked:
            overstayed(draft)
        case Phase.ENDED:
            forfeit(draft)
        case Phase.FINISHING | Phase.UNPAID:
            return


def _maybe_silent(draft: Draft) -> None:
    """Settle a session whose charge point has said nothing for too long; else look again later."""
    session = draft.session
    heard = session.last_heard_at or session.started_at or draft.at
    silent_at = heard + timedelta(seconds=session.quote.limits.silent_s)
    if draft.at < silent_at:
        draft.change(due_at=silent_at)
        return
    owe_stop(draft, by="silence")
    close(draft, End.SILENT)
