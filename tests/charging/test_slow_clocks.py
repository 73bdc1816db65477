"""A charge point's clock orders its readings; what must happen by our clock goes by ours."""

from dataclasses import replace
from datetime import timedelta

from app.charging import events as ev
from app.charging.advance import fold
from app.charging.session import End, Phase, Session
from tests.charging.sessions import seconds, session

FIVE_HOURS = 5 * 3600
PAID = ev.PaymentSettled(seconds(0), "aa", 5_000_000)


def charging(lag_s: int) -> Session:
    """A charge whose start was told with a time that lies so far behind."""
    started = ev.ChargingStarted(seconds(10 - lag_s), 7, 1000, lag_s)
    return fold(session(), [PAID, started]).session


def test_a_slow_clock_does_not_bring_the_deadline_forward() -> None:
    in_time, slow = charging(0), charging(FIVE_HOURS)
    assert slow.stop_at == in_time.stop_at
    read = ev.MeterRead(seconds(70 - FIVE_HOURS), 7, 2000, 10_000, lag_s=FIVE_HOURS)
    after = fold(slow, [read]).session
    assert after.stop_at == seconds(70) + timedelta(seconds=9000 * 3600 // 10_000)


def test_a_late_message_makes_no_charge_point_silent() -> None:
    """A start that was told two days after: the readings behind it must not find it settled."""
    two_days = 2 * 24 * 3600
    late = charging(two_days)
    assert fold(late, [ev.TimedOut(seconds(60))]).session.phase is Phase.CHARGING
    read = ev.MeterRead(seconds(70 - two_days), 7, 2000, lag_s=two_days)
    looked = ev.TimedOut(seconds(70 + 24 * 3600 - 1))
    assert fold(late, [read, looked]).session.phase is Phase.CHARGING
    over = ev.TimedOut(seconds(70 + 24 * 3600))
    assert fold(late, [read, looked, over]).session.end is End.SILENT


def test_a_clock_that_was_put_right_leaves_no_lag_behind() -> None:
    read = ev.MeterRead(seconds(70), 7, 2000, 10_000)
    after = fold(charging(FIVE_HOURS), [read]).session
    assert after.lag_s == 0
    assert replace(after, recent=()).stop_at == seconds(70) + timedelta(seconds=3240)


def test_within_a_second_that_was_told_before_more_energy_is_newer() -> None:
    """ocppsim and others tell whole seconds: the first reading may bear the start's."""
    started = charging(0)
    assert started.heard_at is not None
    read = ev.MeterRead(started.heard_at, 7, 1400)
    after = fold(started, [read]).session
    assert (after.energy_wh, after.power_w) == (400, None)
    again = [read, ev.MeterRead(started.heard_at, 7, 1300), ev.MeterRead(started.heard_at, 7, None)]
    assert fold(after, again).session == after


def test_a_start_that_told_no_register_begins_at_the_first_also_within_its_second() -> None:
    began = ev.ChargingStarted(seconds(10), 7, 10**15)
    charging = fold(session(), [PAID, began]).session
    first, later = ev.MeterRead(seconds(10), 7, 11_000), ev.MeterRead(seconds(70), 7, 13_000)
    assert fold(charging, [first, later]).session.energy_wh == 2000
    assert fold(charging, [first, first, later]).session.energy_wh == 2000
