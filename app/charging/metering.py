"""From the start of a transaction to its end: energy, and what it means for the session."""

from datetime import datetime, timedelta

from app.charging.believing import LARGEST_WH, Believed, believed
from app.charging.counting import price
from app.charging.decision import Draft
from app.charging.events import ChargingStarted, ChargingStopped, MeterRead, TransactionOver
from app.charging.pricing import begun
from app.charging.pricing.wall_clock import whole_ms
from app.charging.session import End, Funding, MeterReading, Phase, Session
from app.charging.standing import stand, stands_on
from app.charging.transitions import (
    absorb,
    close,
    connector_claim,
    owe_stop,
    settle_held,
    start_effect,
    stop_effect,
)

READINGS_IN_A_CHUNK = 16
"""So few that the hot row stays under 1 KB."""


def charging_started(draft: Draft, event: ChargingStarted) -> None:
    """A transaction began: in time, late but welcome, or late and to be stopped at once."""
    session = draft.session
    if session.transaction_id is not None or session.phase is Phase.UNPAID:
        return
    wanted = session.phase is Phase.STARTING or _resumable(session)
    meter_wh = min(max(event.meter_wh, -LARGEST_WH), LARGEST_WH)
    draft.change(
        transaction_id=event.transaction_id,
        running=True,
        started_at=event.at,
        heard_at=event.at,
        lag_s=event.lag_s,
        meter_start_wh=meter_wh,
        meter_wh=meter_wh,
    )
    if session.tally is None:
        draft.change(tally=begun(whole_ms(event.at)))
        _keep(draft, MeterReading(whole_ms(event.at), meter_wh))
    if not wanted:
        owe_stop(draft, by="late start")
        return
    if session.phase is Phase.ENDED:
        draft.claim(connector_claim(session))
    elif not session.start_accepted:
        draft.withdraw(start_effect(session))
        settle_held(draft)
    silent_at = event.at + timedelta(seconds=event.lag_s + session.quote.limits.silent_s)
    draft.change(
        phase=Phase.CHARGING,
        start_accepted=True,
        start_by=None,
        ended_at=None,
        end=None,
        due_at=silent_at,
    )


def _resumable(session: Session) -> bool:
    """Whether a start that comes late may still have its energy from what was prepaid."""
    return (
        session.end in (End.START_TIMED_OUT, End.FAULTED)
        and session.funding is Funding.LIGHTNING
        and session.claimable_msat > 0
        and not session.connector_lost
    )


def read_meter(draft: Draft, event: MeterRead) -> None:
    """Take a reading that is newer than the last one; stop when the budget is used up."""
    session = draft.session
    if event.transaction_id != session.transaction_id:
        return
    if _is_old(session, event):
        return
    found = None
    if event.meter_wh is not None:
        found = believed(session, event.meter_wh, event.at, event.lag_s)
    if not session.running and not _runs_after_all(draft, event, found):
        return
    soc_percent = session.soc_percent if event.soc_percent is None else event.soc_percent
    draft.change(
        heard_at=event.at,
        lag_s=event.lag_s,
        power_w=_power_w(session, event, found),
        soc_percent=soc_percent,
    )
    if found is not None:
        _count(draft, found)
        price(draft, event.at)
    elif event.meter_wh is not None:
        _doubt(draft, event.meter_wh, event.at)
    _keep(draft, _reading(draft.session, event, found))
    if session.phase is Phase.ENDED:
        owe_stop(draft, by="settled before")
    elif draft.session.is_used_up:
        owe_stop(draft, by="budget")


def stop(draft: Draft, event: ChargingStopped) -> None:
    """The transaction is over: price its energy, or absorb what came after the settlement."""
    session = draft.session
    expected = session.running or session.end_unseen
    if not expected or event.transaction_id != session.transaction_id:
        return
    _count_final(draft, event)
    if session.stop_owed:
        draft.withdraw(stop_effect(session))
    _over(draft, unseen=False)
    if session.phase is Phase.ENDED:
        absorb(draft, f"energy after the end, transaction {event.transaction_id}")
    elif stands_on(draft.session, event.reason):
        stand(draft)
    else:
        close(draft, End.CHARGED)


def end_unseen(draft: Draft, event: TransactionOver) -> None:
    """The transaction runs no more: its stop is owed no longer, and a reading that shows otherwise
    brings it back. A charge that is not settled waits for its end, and the energy, unless it is
    certain that neither will come: then it is settled at the last reading, for good.
    """
    session = draft.session
    if not session.running or event.transaction_id != session.transaction_id:
        return
    if session.phase is not Phase.ENDED and not event.settles:
        return
    if session.stop_owed:
        draft.withdraw(stop_effect(session))
    _over(draft, unseen=not event.settles)
    if session.phase is Phase.ENDED:
        absorb(draft, f"energy after the end, transaction {event.transaction_id}")
    else:
        close(draft, End.SILENT)


def _over(draft: Draft, *, unseen: bool) -> None:
    draft.change(running=False, stop_owed=False, power_w=0, end_unseen=unseen)
    _put_away(draft, draft.session.recent)


def _is_old(session: Session, event: MeterRead) -> bool:
    """Whether it adds nothing. Some clocks tell whole seconds: within one, more energy is newer,
    and as long as there is none, so is a register below the one it is said to begin at. A register
    that was not believed is not told anew by being told again.
    """
    if session.heard_at is None or event.at > session.heard_at:
        return False
    return event.at < session.heard_at or not _tells_more(session, event)


def _tells_more(session: Session, event: MeterRead) -> bool:
    if event.meter_wh is None or event.meter_wh == session.doubted_wh:
        return False
    begins_below = session.energy_wh == 0 and event.meter_wh < session.meter_start_wh
    return event.meter_wh > session.meter_wh or begins_below


def _runs_after_all(draft: Draft, event: MeterRead, found: Believed | None) -> bool:
    """Whether more energy has flowed than was known when nothing seemed to run any more."""
    session = draft.session
    if not session.end_unseen or event.meter_wh is None or event.meter_wh <= session.meter_wh:
        return False
    if found is None:
        return False
    draft.change(running=True, end_unseen=False, revived=session.revived + 1)
    return True


def _power_w(session: Session, event: MeterRead, found: Believed | None) -> int | None:
    """The power that was measured, else the mean since the last register that was believed."""
    if event.power_w is not None:
        return event.power_w
    is_below = event.meter_wh is not None and event.meter_wh < session.meter_wh
    if found is None or found.from_wh is not None or is_below:
        return session.power_w
    passed_s = (event.at - session.counted.seen_at).total_seconds()
    if passed_s <= 0:
        return session.power_w
    return int((found.register.energy_wh - session.energy_wh) * 3600 // passed_s)


def _count(draft: Draft, found: Believed) -> None:
    after = found.register
    draft.change(meter_start_wh=after.start_wh, meter_wh=after.meter_wh, energy_wh=after.energy_wh)
    draft.change(doubted_wh=None)


def _doubt(draft: Draft, meter_wh: int, at: datetime) -> None:
    """The last register that was believed stands; the next one may show that this one is right."""
    doubts = draft.session.doubts + 1
    draft.change(doubted_wh=meter_wh, doubted_at=whole_ms(at), doubts=doubts)


def _count_final(draft: Draft, event: ChargingStopped) -> None:
    """A final value below the last reading says less than is known, and one that cannot be right
    nothing: the reading stands."""
    session, found, doubted_wh = draft.session, None, None
    if event.meter_wh > session.meter_wh:
        found = believed(session, event.meter_wh, event.at, event.lag_s)
        if found is not None:
            _count(draft, found)
        else:
            doubted_wh = event.meter_wh
            _doubt(draft, event.meter_wh, event.at)
    price(draft, event.at)
    seen_at, meter_wh = draft.session.counted.seen_at, draft.session.meter_wh
    from_wh = None if found is None else found.from_wh
    _keep(draft, MeterReading(seen_at, meter_wh, doubted_wh=doubted_wh, from_wh=from_wh))


def _reading(session: Session, event: MeterRead, found: Believed | None) -> MeterReading:
    """As it is kept: the receipt is reckoned from what the register showed, where that can be."""
    at, power_w, soc_percent = whole_ms(event.at), session.power_w, session.soc_percent
    if found is None:
        return MeterReading(at, None, power_w, soc_percent, event.meter_wh)
    return MeterReading(at, session.meter_wh, power_w, soc_percent, from_wh=found.from_wh)


def _keep(draft: Draft, reading: MeterReading) -> None:
    session = draft.session
    recent = (*session.recent, reading)
    if len(recent) < READINGS_IN_A_CHUNK:
        draft.change(recent=recent)
    else:
        _put_away(draft, recent)


def _put_away(draft: Draft, readings: tuple[MeterReading, ...]) -> None:
    """Into a row of their own; the hot row has other things to hold after the end."""
    if readings:
        draft.put_away(readings)
        draft.change(recent=())
