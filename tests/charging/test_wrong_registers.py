"""A register that cannot be right costs nobody anything, however wrong it is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.charging import events as ev
from app.charging.advance import advance, fold
from app.charging.believing import CLOCKS_S, FACTOR, LARGEST_WH, LEAST_W, STEP_WH, most_wh
from app.charging.decision import Decision
from app.charging.pricing.replay import replayed
from app.charging.session import Funding, MeterReading, Phase, Session
from tests.charging.sessions import quote, seconds, session

FIVE_HOURS = 5 * 3600
WRONG = (4_294_967_295, 2**64 - 1, 1_000_000, 2**31)
PAID = ev.PaymentSettled(seconds(0), "aa", 5_000_000)
STARTED = ev.ChargingStarted(seconds(10), 7, 1000)
READ = ev.MeterRead(seconds(610), 7, 2500)


def kept(decision: Decision) -> list[MeterReading]:
    """Every reading, in its order."""
    away = [reading for chunk in decision.chunks for reading in chunk.readings]
    return [*away, *decision.session.recent]


@pytest.mark.parametrize("wrong_wh", WRONG)
def test_a_wrong_register_at_the_end_is_settled_at_the_last_reading(wrong_wh: int) -> None:
    stopped = ev.ChargingStopped(seconds(640), 7, wrong_wh)
    decision = fold(session(), [PAID, STARTED, READ, stopped])
    ended = decision.session
    assert (ended.phase, ended.energy_wh, ended.meter_wh) == (Phase.ENDED, 1500, 2500)
    assert (ended.balances.charged, ended.claimable_msat) == (750_000, 4_250_000)
    assert (ended.doubts, ended.doubted_wh) == (1, wrong_wh)
    assert kept(decision)[-1] == MeterReading(seconds(640), 2500, doubted_wh=wrong_wh)
    assert replayed(ended.quote.tariff, kept(decision)) == ended.tally


@pytest.mark.parametrize("wrong_wh", WRONG)
def test_without_a_reading_before_it_there_was_no_energy(wrong_wh: int) -> None:
    ended = fold(session(), [PAID, STARTED, ev.ChargingStopped(seconds(640), 7, wrong_wh)]).session
    assert (ended.energy_wh, ended.balances.charged, ended.claimable_msat) == (0, 0, 5_000_000)


@pytest.mark.parametrize("wrong_wh", WRONG)
def test_a_wrong_reading_between_right_ones_changes_nothing_but_what_is_told(wrong_wh: int) -> None:
    wrong = ev.MeterRead(seconds(620), 7, wrong_wh, 7000)
    after, stopped = ev.MeterRead(seconds(670), 7, 2600), ev.ChargingStopped(seconds(700), 7, 2700)
    decision = fold(session(), [PAID, STARTED, READ, wrong, after])
    assert decision.session.phase is Phase.CHARGING, "its budget is not used up"
    assert (decision.session.energy_wh, decision.session.power_w) == (1600, 6000)
    assert decision.session.doubted_wh is None
    ended = fold(session(), [PAID, STARTED, READ, wrong, after, stopped])
    without = fold(session(), [PAID, STARTED, READ, after, stopped]).session
    assert ended.session.balances == without.balances
    assert ended.session.tally == without.tally
    assert kept(ended)[2] == MeterReading(seconds(620), None, 7000, doubted_wh=wrong_wh)


def test_what_was_not_believed_is_told_once() -> None:
    wrong = ev.MeterRead(seconds(620), 7, WRONG[0])
    before = fold(session(), [PAID, STARTED, READ, wrong]).session
    assert advance(before, wrong).session == before


def test_its_power_is_not_made_of_what_was_not_believed() -> None:
    wrong = ev.MeterRead(seconds(640), 7, WRONG[0])
    seen = fold(session(), [PAID, STARTED, READ, wrong]).session
    assert seen.power_w == 9000
    after = advance(seen, ev.MeterRead(seconds(670), 7, 2650)).session
    assert after.power_w == 9000


def test_a_meter_that_was_exchanged_goes_on_from_where_the_new_one_stands() -> None:
    new = [ev.MeterRead(seconds(610 + 60 * n), 7, 900_000 + 150 * n) for n in range(1, 4)]
    stopped = ev.ChargingStopped(seconds(850), 7, 900_550)
    decision = fold(session(), [PAID, STARTED, READ, *new, stopped])
    ended = decision.session
    assert ended.energy_wh == 1500 + 400, "what flowed before its first register is nobody's"
    assert (ended.meter_wh, ended.doubts) == (900_550, 1)
    assert [r.from_wh for r in kept(decision)] == [None, None, None, 900_150, None, None]
    assert replayed(ended.quote.tariff, kept(decision)) == ended.tally


def test_a_final_register_can_confirm_it() -> None:
    new, stopped = (
        ev.MeterRead(seconds(670), 7, 900_150),
        ev.ChargingStopped(seconds(700), 7, 900_200),
    )
    decision = fold(session(), [PAID, STARTED, READ, new, stopped])
    assert decision.session.energy_wh == 1550
    assert replayed(decision.session.quote.tariff, kept(decision)) == decision.session.tally


def test_a_counter_at_its_end_confirms_nothing() -> None:
    stuck = [ev.MeterRead(seconds(610 + 60 * n), 7, WRONG[0]) for n in range(1, 4)]
    right = ev.MeterRead(seconds(850), 7, 3100)
    after = fold(session(), [PAID, STARTED, READ, *stuck, right]).session
    assert (after.energy_wh, after.doubts) == (2100, 3)


def test_a_start_that_tells_no_true_register_begins_where_the_meter_is_seen_to_go_on() -> None:
    began = ev.ChargingStarted(seconds(10), 7, 0)
    reads = [ev.MeterRead(seconds(10 + 60 * n), 7, 5_000_000 + 100 * n) for n in range(1, 4)]
    assert fold(session(), [PAID, began, *reads]).session.energy_wh == 200


def test_a_start_beyond_every_register_begins_at_the_first() -> None:
    began = ev.ChargingStarted(seconds(10), 7, 2**64 - 1)
    reads = [ev.MeterRead(seconds(70), 7, 5000), ev.MeterRead(seconds(130), 7, 5100)]
    after = fold(session(), [PAID, began, *reads]).session
    assert (after.energy_wh, kept(fold(session(), [PAID, began]))[0].meter_wh) == (100, LARGEST_WH)


def test_a_register_that_fell_to_nothing_and_is_back_costs_nothing() -> None:
    began = ev.ChargingStarted(seconds(10), 7, 5_000_000)
    shown = (5_000_100, 0, 5_000_300, 5_000_400)
    reads = [ev.MeterRead(seconds(70 + 60 * n), 7, wh) for n, wh in enumerate(shown)]
    assert fold(session(), [PAID, began, *reads]).session.energy_wh == 200


def test_a_whole_charge_told_only_at_its_end_is_believed() -> None:
    stopped = ev.ChargingStopped(seconds(10 + 8 * 3600), 7, 1000 + 8 * 11_000)
    assert fold(session(), [PAID, STARTED, stopped]).session.energy_wh == 88_000


def test_what_was_queued_offline_is_believed_in_its_own_time() -> None:
    told_at = 10 + FIVE_HOURS
    queued = [
        ev.MeterRead(seconds(10 + s), 7, 1000 + s * 11_000 // 3600, lag_s=FIVE_HOURS - s)
        for s in range(600, FIVE_HOURS, 600)
    ]
    stopped = ev.ChargingStopped(seconds(told_at), 7, 1000 + 55_000)
    assert fold(session(), [PAID, STARTED, *queued, stopped]).session.energy_wh == 55_000


def test_a_clock_that_stands_still_does_not_make_a_charge_impossible() -> None:
    reads = [ev.MeterRead(seconds(10), 7, 1000 + 1800 * n, lag_s=600 * n) for n in range(1, 30)]
    assert fold(session(), [PAID, STARTED, *reads]).session.energy_wh == 29 * 1800


def test_a_clock_put_right_gives_no_energy_away() -> None:
    """Told five hours late, and then not: the clock says that hours have passed, ours does not."""
    started = ev.ChargingStarted(seconds(10 - FIVE_HOURS), 7, 1000, FIVE_HOURS)
    stopped = ev.ChargingStopped(seconds(70), 7, 100_000)
    assert fold(session(), [PAID, started, stopped]).session.energy_wh == 0


def test_a_card_that_charged_offline_is_believed_from_its_start() -> None:
    funded = ev.Funded(seconds(FIVE_HOURS), Funding.OWNER)
    started = ev.ChargingStarted(seconds(0), 7, 1000, FIVE_HOURS)
    stopped = ev.ChargingStopped(seconds(FIVE_HOURS), 7, 56_000)
    opened = replace(quote(), at=seconds(FIVE_HOURS))
    assert fold(session(opened), [funded, started, stopped]).session.energy_wh == 55_000


def test_a_connector_of_more_power_may_deliver_more() -> None:
    stopped = ev.ChargingStopped(seconds(610), 7, 101_000)
    strong = replace(quote(), max_power_w=150_000)
    assert fold(session(strong), [PAID, STARTED, stopped]).session.energy_wh == 100_000
    assert fold(session(), [PAID, STARTED, stopped]).session.energy_wh == 0


def test_a_wrong_register_revives_nothing() -> None:
    over = ev.TransactionOver(seconds(80 + 24 * 3600), 7, "Available")
    silent = ev.TimedOut(seconds(610 + 24 * 3600))
    before = fold(session(), [PAID, STARTED, READ, silent, over]).session
    assert before.end_unseen
    late = ev.MeterRead(seconds(90 + 24 * 3600), 7, 2**40)
    assert advance(before, late).session == before


registers = st.one_of(
    st.integers(0, 20_000), st.integers(-(2**63), 2**64 - 1), st.sampled_from(WRONG)
)
lags = st.sampled_from((0, 0, 0, 300, FIVE_HOURS))
moments = st.integers(0, 7200)
told = st.one_of(
    st.builds(ev.MeterRead, moments.map(seconds), st.just(7), registers, lag_s=lags),
    st.builds(ev.MeterRead, moments.map(seconds), st.just(7), registers, st.integers(0, 50_000)),
    st.builds(ev.ChargingStopped, moments.map(seconds), st.just(7), registers, lag_s=lags),
)


@given(st.lists(told, max_size=30), registers, st.sampled_from((3_700, 11_000, 350_000)))
def test_no_registers_whatever_make_more_energy_than_can_have_flowed(
    happened: list[ev.MeterRead | ev.ChargingStopped], meter_start_wh: int, max_power_w: int
) -> None:
    """Whatever is shown, however often: within twice the power, since the quote, by our clock."""
    now: Session = session(replace(quote(), max_power_w=max_power_w))
    now = fold(now, [PAID, ev.ChargingStarted(seconds(0), 7, meter_start_wh)]).session
    heard_s = 0.0
    for event in happened:
        heard_s = max(heard_s, (event.at - seconds(0)).total_seconds() + event.lag_s)
        now = advance(now, event).session
        power_w = FACTOR * max(max_power_w, LEAST_W)
        assert now.energy_wh <= STEP_WH + power_w * (heard_s + CLOCKS_S) / 3600
        assert now.energy_wh <= most_wh(max_power_w, timedelta(seconds=heard_s))


@given(st.lists(told, max_size=30), registers)
def test_what_is_kept_makes_the_same_price_again(
    happened: list[ev.MeterRead | ev.ChargingStopped], meter_start_wh: int
) -> None:
    start = ev.ChargingStarted(seconds(0), 7, meter_start_wh)
    decision = fold(session(), [PAID, start, *happened])
    assert replayed(decision.session.quote.tariff, kept(decision)) == decision.session.tally


@given(st.lists(st.tuples(st.integers(1, 1200), st.integers(0, 11_000)), max_size=40))
def test_whatever_the_connector_can_deliver_is_believed(steps: list[tuple[int, int]]) -> None:
    """At any power up to its own, in whatever steps it is told."""
    at_s, joules = 10, 0
    now = fold(session(), [ev.PaymentSettled(seconds(0), "aa", 10**9), STARTED]).session
    for passed_s, power_w in steps:
        at_s, joules = at_s + passed_s, joules + passed_s * power_w
        now = advance(now, ev.MeterRead(seconds(at_s), 7, 1000 + joules // 3600)).session
    assert (now.energy_wh, now.doubts) == (joules // 3600, 0)
