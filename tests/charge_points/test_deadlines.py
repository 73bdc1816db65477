"""Which deadline the edge holds, and how often it is to tell."""

from dataclasses import replace

import pytest

from app.charge_points.deadlines import deadline_of, next_readings_in_s
from app.charge_points.settings import ChargePointSettings
from app.charging import events as ev
from app.charging.advance import fold
from app.charging.session import Funding, Session
from tests.charging.sessions import seconds, session

SETTINGS = ChargePointSettings()
PAID = ev.PaymentSettled(seconds(0), "aa", 5_000_000)
STARTED = ev.ChargingStarted(seconds(0), 7, 1000)


def charging(*more: ev.Event) -> Session:
    return fold(session(), [PAID, STARTED, *more]).session


def test_while_energy_flows_the_budget_is_a_register_and_a_moment() -> None:
    deadline = deadline_of(charging(ev.MeterRead(seconds(60), 7, 6000, 5000)))
    assert deadline is not None
    assert (deadline.transaction_id, deadline.connector) == (7, 1)
    assert (deadline.stop_at_wh, deadline.stop_at) == (11_000, seconds(60 + 3600))


def test_a_register_that_cannot_be_reached_within_the_hour_stops_nothing() -> None:
    deadline = deadline_of(charging(ev.MeterRead(seconds(60), 7, 6000, 5000)))
    assert deadline is not None
    assert deadline.believed_to_wh == 6000 + 200_000 * 4500 // 3600 + 1000
    rich = deadline_of(charging(ev.PaymentSettled(seconds(0), "bb", 500_000_000)))
    assert rich is not None
    assert rich.believed_to_wh == rich.stop_at_wh, "what the budget buys can be reached some day"


def test_until_power_is_measured_the_most_is_reckoned_with() -> None:
    deadline = deadline_of(charging())
    assert deadline is not None
    assert deadline.stop_at == seconds(10_000 * 3600 // 11_000)


def test_before_the_start_and_after_the_end_there_is_nothing_to_stop() -> None:
    assert deadline_of(fold(session(), [PAID]).session) is None
    assert deadline_of(charging(ev.ChargingStopped(seconds(60), 7, 2000))) is None


def test_of_a_session_that_is_settled_the_stop_is_a_command() -> None:
    assert deadline_of(charging(ev.TimedOut(seconds(24 * 3600)))) is None


def test_a_stop_that_is_owed_leaves_the_deadline() -> None:
    assert deadline_of(charging(ev.StopRequested(seconds(1), "payer"))) is not None


def test_the_owners_own_use_has_no_limit() -> None:
    own = fold(session(), [ev.Funded(seconds(0), Funding.OWNER), STARTED]).session
    deadline = deadline_of(own)
    assert deadline is not None
    assert (deadline.stop_at, deadline.stop_at_wh) == (None, None)
    wanted = next_readings_in_s(own, deadline_of(own), seconds(0), SETTINGS, watched=False)
    assert wanted == SETTINGS.quiet_readings_s


@pytest.mark.parametrize(
    ("left_s", "watched", "wanted"),
    [(1801, False, 600), (600, False, 200), (12, False, 5), (-10, False, 5), (3000, True, 5)],
)
def test_often_when_watched_or_near_the_end(left_s: int, watched: bool, wanted: int) -> None:
    now = seconds(1000)
    at = charging(ev.MeterRead(seconds(1000 + left_s), 7, 11_000 - 1, 36_000_000))
    at = replace(at, power_w=3600)  # the last Wh takes a second
    assert next_readings_in_s(at, deadline_of(at), now, SETTINGS, watched=watched) == wanted


@pytest.mark.parametrize(("within_s", "wanted"), [(None, 200), (600, 200), (60, 60), (1, 1)])
def test_within_what_something_else_wants(within_s: int | None, wanted: int) -> None:
    now = seconds(3001)
    at = replace(charging(ev.MeterRead(seconds(3600), 7, 10_999, 10_000)), power_w=3600)
    deadline = deadline_of(at)
    assert (
        next_readings_in_s(at, deadline, now, SETTINGS, watched=False, within_s=within_s) == wanted
    )


def test_what_is_over_is_not_wanted_often() -> None:
    over = charging(ev.ChargingStopped(seconds(60), 7, 2000))
    assert next_readings_in_s(over, deadline_of(over), seconds(60), SETTINGS, watched=True) == 600
