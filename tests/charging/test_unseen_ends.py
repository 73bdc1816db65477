"""Transactions whose end nobody tells: a stop is owed as long as one may run, and no longer."""

from dataclasses import replace

from app.charging import events as ev
from app.charging.advance import advance, fold
from app.charging.effects import SealSession, StopCharging
from app.charging.session import End, Phase, Session
from tests.charging.sessions import seconds, session

DAY = 24 * 3600
PAID = ev.PaymentSettled(seconds(0), "aa", 5_000_000)
STARTED = ev.ChargingStarted(seconds(10), 7, 1000)
READ = ev.MeterRead(seconds(70), 7, 3000, 7000)
SILENT = ev.TimedOut(seconds(70 + DAY))
OVER = ev.TransactionOver(seconds(80 + DAY), 7, "Available")
STOP = StopCharging("abcdefgh23456789", "CP1", 7)


def silent() -> Session:
    """2 kWh for 1000 sats, then nothing any more."""
    return fold(session(), [PAID, STARTED, READ, SILENT]).session


def test_a_charge_settled_in_silence_owes_its_stop() -> None:
    """The charge point may come back with the transaction still running: nobody pays for that."""
    decision = fold(session(), [PAID, STARTED, READ, SILENT])
    assert STOP in decision.effects
    assert (decision.session.end, decision.session.claimable_msat) == (End.SILENT, 4_000_000)


def test_one_that_is_owed_already_is_owed_once() -> None:
    asked = ev.StopRequested(seconds(75), "payer")
    decision = fold(session(), [PAID, STARTED, READ, asked, SILENT])
    assert decision.effects.count(STOP) == 1
    assert decision.session.stop_asked_by == "payer"


def test_when_it_seems_over_the_stop_is_owed_no_more_and_no_money_moves() -> None:
    before = silent()
    decision = advance(before, OVER)
    assert decision.withdrawn_effects == (STOP,)
    assert decision.ledger_entries == ()
    after = decision.session
    assert (after.running, after.stop_owed, after.end_unseen) == (False, False, True)
    assert (after.end, after.balances) == (End.SILENT, before.balances)


def test_it_can_then_be_sealed() -> None:
    claimed = ev.RefundClaimed(seconds(71 + DAY), "r1", "ln", 4_000_000)
    paid = ev.RefundOutcome(seconds(72 + DAY), "r1", "paid")
    before = fold(silent(), [claimed, paid])
    assert not any(isinstance(e, SealSession) for e in before.effects)
    after = advance(before.session, OVER)
    assert any(isinstance(e, SealSession) for e in after.effects)


def test_while_the_charge_is_not_settled_nothing_seems_over() -> None:
    """Its end is still expected, with the energy to charge for."""
    told: list[list[ev.Event]] = [[PAID], [PAID, STARTED, READ]]
    for events in told:
        before = fold(session(), events).session
        assert advance(before, OVER).session == before


def test_where_another_has_begun_it_is_settled_at_once() -> None:
    asked = ev.StopRequested(seconds(75), "payer")
    over = ev.TransactionOver(seconds(80), 7, "another has begun there", settles=True)
    charging: list[ev.Event] = [PAID, STARTED, READ]
    for events in (charging, [*charging, asked]):
        decision = fold(fold(session(), events).session, [over])
        after = decision.session
        assert (after.end, after.claimable_msat) == (End.SILENT, 4_000_000)
        assert (after.running, after.stop_owed, after.end_unseen) == (False, False, False)
        for told in (
            over,
            ev.MeterRead(seconds(90), 7, 4000),
            ev.ChargingStopped(seconds(91), 7, 1),
        ):
            assert advance(after, told).session == after, "what is told now is of another"


def test_another_transaction_that_seems_over_is_not_this_one() -> None:
    before = silent()
    assert advance(before, ev.TransactionOver(OVER.at, 8, "Available")).session == before


def test_an_end_told_after_all_is_the_owners_loss() -> None:
    told = ev.ChargingStopped(seconds(90 + DAY), 7, 4000)
    decision = fold(silent(), [OVER, told])
    after = decision.session
    assert (after.energy_wh, after.balances.absorbed, after.claimable_msat) == (
        3000,
        500_000,
        4_000_000,
    )
    assert (after.running, after.end_unseen, after.phase) == (False, False, Phase.ENDED)
    assert advance(after, told).session == after


def test_a_meter_that_goes_on_shows_that_it_runs_and_is_stopped() -> None:
    gone_on = ev.MeterRead(seconds(90 + DAY), 7, 4000)
    decision = advance(fold(silent(), [OVER]).session, gone_on)
    assert decision.effects == (replace(STOP, again=1),), "the edge has done with the first"
    assert decision.session.running
    over = advance(decision.session, OVER)
    assert over.session.balances.absorbed == 500_000, "what the meter has shown was given away"
    ended = fold(decision.session, [ev.ChargingStopped(seconds(99 + DAY), 7, 4200)]).session
    assert (ended.balances.absorbed, ended.running, ended.stop_owed) == (600_000, False, False)


def test_old_readings_do_not() -> None:
    before = fold(silent(), [OVER]).session
    for reading in (
        ev.MeterRead(seconds(60), 7, 4000),
        ev.MeterRead(seconds(90 + DAY), 7, 3000),
        ev.MeterRead(seconds(90 + DAY), 7, None, 7000),
        ev.MeterRead(seconds(90 + DAY), 8, 9000),
    ):
        assert advance(before, reading).session == before


def test_a_late_start_seems_over_alike() -> None:
    cancelled = ev.StopRequested(seconds(5), "payer")
    late = fold(session(), [PAID, cancelled, STARTED])
    assert STOP in late.effects
    after = advance(late.session, OVER).session
    assert (after.running, after.end_unseen, after.end) == (False, True, End.CANCELLED)
