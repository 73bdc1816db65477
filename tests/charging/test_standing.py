"""A car that stands on after its charge, under a tariff that counts it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.charging import events as ev
from app.charging.advance import advance, fold
from app.charging.decision import Decision
from app.charging.events import Event
from app.charging.pricing import Dimension, PriceComponent, TariffElement
from app.charging.pricing.replay import replayed
from app.charging.session import End, Phase, Quote, Session
from app.charging.standing import CLOCKS_DIFFER_S, LOOKED_AFTER_S
from tests.charging.sessions import quote, seconds, session, tariff

PAID = ev.PaymentSettled(seconds(0), "p1", 5_000_000)
STARTED = ev.ChargingStarted(seconds(10), 7, 1000)
READ = ev.MeterRead(seconds(610), 7, 3000)
STOPPED = ev.ChargingStopped(seconds(620), 7, 3000, "Remote")
"""2 kWh: 1,000,000 of the 5,000,000 msat."""
FULL_AT_S = 610 + 300 + 4_000
"""The rest, at 3.6 EUR an hour: a sat a second, after the grace."""


def parking_quote(price_per_hour: str = "3.6") -> Quote:
    """A blocking fee of a sat a second, after five minutes."""
    fee = PriceComponent(Dimension.PARKING_TIME, Decimal(price_per_hour))
    energy = PriceComponent(Dimension.ENERGY, Decimal("0.50"))
    return replace(quote(), tariff=replace(tariff(), elements=(TariffElement((energy, fee)),)))


def after(*events: Event, a_quote: Quote | None = None) -> Decision:
    """The decision after a paid charge that has stopped, and these."""
    begun = session(a_quote or parking_quote())
    return fold(begun, [PAID, STARTED, READ, STOPPED, *events])


def test_the_rest_waits_until_the_cable_is_out() -> None:
    standing = after().session
    assert (standing.phase, standing.claimable_msat) == (Phase.FINISHING, 0)
    assert standing.due_at == seconds(620 + LOOKED_AFTER_S + CLOCKS_DIFFER_S), "is it seen at all?"
    left = after(ev.ConnectorFreed(seconds(610 + 300 + 1500))).session
    assert (left.phase, left.end) == (Phase.ENDED, End.CHARGED)
    assert (left.balances.charged, left.claimable_msat) == (1_000_000 + 1_500_000, 2_500_000)


def test_within_the_grace_it_costs_nothing() -> None:
    left = after(ev.ConnectorFreed(seconds(910))).session
    assert (left.phase, left.claimable_msat) == (Phase.ENDED, 4_000_000)


def test_whoever_stands_until_the_rest_is_used_up_has_nothing_back() -> None:
    too_early = after(looked(FULL_AT_S + CLOCKS_DIFFER_S - 1)).session
    assert too_early.phase is Phase.FINISHING
    assert too_early.due_at == seconds(FULL_AT_S + CLOCKS_DIFFER_S)
    over = after(looked(FULL_AT_S + CLOCKS_DIFFER_S + 30)).session
    assert (over.phase, over.claimable_msat, over.balances.absorbed) == (Phase.ENDED, 0, 0)
    assert over.balances.charged == 5_000_000


def looked(at_s: float) -> ev.TimedOut:
    """The charge point was in sight until then."""
    return ev.TimedOut(seconds(at_s), looked=True)


def test_that_time_has_passed_does_not_mean_that_it_was_seen() -> None:
    standing = after().session
    assert advance(standing, ev.TimedOut(seconds(FULL_AT_S + 10_000))).session == standing


def test_a_clock_that_is_a_little_behind_costs_nobody_more_than_was_paid() -> None:
    """Its word comes after the rest was used up, and before that is final."""
    late = after(ev.ConnectorFreed(seconds(FULL_AT_S + 60))).session
    assert (late.balances.charged, late.balances.absorbed) == (5_000_000, 0)
    early = after(ev.ConnectorFreed(seconds(FULL_AT_S - 60))).session
    assert early.claimable_msat == 60_000


def test_a_fault_is_told_by_our_clock_and_standing_counted_by_the_charge_points() -> None:
    late_read, fault = (
        replace(READ, lag_s=4000),
        ev.ConnectorFaulted(seconds(4640), "GroundFailure"),
    )
    ended = fold(session(parking_quote()), [PAID, STARTED, late_read, STOPPED, fault]).session
    assert (ended.phase, ended.claimable_msat) == (Phase.ENDED, 4_000_000)


def test_a_top_up_lets_it_stand_longer() -> None:
    more = after(ev.PaymentSettled(seconds(700), "p2", 1_000_000)).session
    assert more.due_at == seconds(700 + LOOKED_AFTER_S + CLOCKS_DIFFER_S)
    later = advance(more, looked(FULL_AT_S)).session
    assert later.due_at == seconds(FULL_AT_S + LOOKED_AFTER_S + CLOCKS_DIFFER_S)
    assert advance(later, looked(FULL_AT_S + 1000)).session == later
    at_last = advance(later, looked(FULL_AT_S + 1000 + CLOCKS_DIFFER_S)).session
    assert (at_last.phase, at_last.balances.charged) == (Phase.ENDED, 6_000_000)


@pytest.mark.parametrize("reason", ["EVDisconnected", "UnlockCommand", "PowerLoss", "HardReset"])
def test_who_has_unplugged_or_lost_power_has_the_rest_at_once(reason: str) -> None:
    begun = session(parking_quote())
    gone = replace(STOPPED, reason=reason)
    ended = fold(begun, [PAID, STARTED, READ, gone]).session
    assert (ended.phase, ended.claimable_msat) == (Phase.ENDED, 4_000_000)


def test_a_tariff_without_such_a_price_ends_with_the_transaction() -> None:
    for a_quote in (quote(), parking_quote("0")):
        ended = after(a_quote=a_quote).session
        assert (ended.phase, ended.claimable_msat) == (Phase.ENDED, 4_000_000)


def test_nobody_pays_for_standing_without_having_charged() -> None:
    nothing = ev.ChargingStopped(seconds(9000), 7, 1000, "Remote")
    ended = fold(session(parking_quote()), [PAID, STARTED, nothing]).session
    assert (ended.phase, ended.claimable_msat) == (Phase.ENDED, 5_000_000)


def test_a_fault_ends_it() -> None:
    ended = after(ev.ConnectorFaulted(seconds(630), "GroundFailure")).session
    assert (ended.phase, ended.claimable_msat) == (Phase.ENDED, 4_000_000)


def test_the_owner_can_let_it_go_and_the_payer_cannot() -> None:
    assert after(ev.StopRequested(seconds(920), "payer")).session.phase is Phase.FINISHING
    let_go = after(ev.StopRequested(seconds(920), "owner")).session
    assert (let_go.phase, let_go.claimable_msat) == (Phase.ENDED, 3_990_000)


def test_what_comes_twice_or_late_changes_nothing() -> None:
    standing = after().session
    for again in (STOPPED, READ, ev.MeterRead(seconds(700), 7, 9000), STARTED):
        assert advance(standing, again).session == standing
    left = after(ev.ConnectorFreed(seconds(1000))).session
    assert advance(left, ev.ConnectorFreed(seconds(2000))).session == left


def test_standing_while_the_transaction_runs_costs_alike() -> None:
    """Full at 610 s, stopped at 2,410 s: as long after the grace as above."""
    stopped = ev.ChargingStopped(seconds(2410), 7, 3000, "EVDisconnected")
    ended = fold(session(parking_quote()), [PAID, STARTED, READ, stopped]).session
    assert ended.balances.charged == 1_000_000 + 1_500_000


def test_the_kept_readings_are_priced_to_the_same_again() -> None:
    decision = after(ev.ConnectorFreed(seconds(2410)))
    ended: Session = decision.session
    readings = [each for chunk in decision.chunks for each in chunk.readings]
    assert replayed(ended.quote.tariff, readings) == ended.tally
