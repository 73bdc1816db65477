"""Readings reach their session, whatever id or time they carry, and count once."""

from datetime import UTC, datetime, timedelta

import pytest

from app import operations as op
from app.charge_points.clocks import trusted_readings, trusted_time
from app.charging.session import Phase
from app.edge_messages import Reading, Readings
from tests.charge_points.world import World, charging_world, read, started, stopped
from tests.charging.sessions import NOON, seconds
from tests.flow.system import SESSION, TENANT


async def after(world: World, seconds: float, said: Readings) -> int:
    """The session's energy once this has been said, so much later."""
    world.clock.pass_s(seconds)
    assert (await world.say(said)).saved
    return (await world.stored()).energy_wh


async def test_a_reading_is_answered_with_the_deadline_and_when_to_come_again() -> None:
    world, transaction = await charging_world()
    world.clock.pass_s(60)
    result = await world.say(read(transaction, world.at(), 2000, 6000))
    [deadline] = result.deadlines
    assert deadline.stop_at == world.at(9000 * 3600 // 6000)
    assert deadline.stop_at_wh == 11_000
    assert result.next_readings_in_s == world.settings.quiet_readings_s


async def test_near_the_budgets_end_readings_are_wanted_often() -> None:
    world, transaction = await charging_world()
    world.clock.pass_s(3600)
    result = await world.say(read(transaction, world.at(), 10_800, 7000))
    assert result.next_readings_in_s == 200 * 3600 // 7000 // 3
    world.clock.pass_s(60)
    result = await world.say(read(transaction, world.at(), 10_980, 7000))
    assert result.next_readings_in_s == world.settings.watched_readings_s


async def test_without_power_there_is_no_hurry() -> None:
    world, transaction = await charging_world()
    world.clock.pass_s(60)
    result = await world.say(read(transaction, world.at(), 2000, 0))
    [deadline] = result.deadlines
    assert (deadline.stop_at, deadline.stop_at_wh) == (None, 11_000)
    assert result.next_readings_in_s == world.settings.quiet_readings_s


async def test_the_budgets_end_is_a_stop() -> None:
    world, transaction = await charging_world()
    await world.received()
    world.clock.pass_s(600)
    result = await world.say(read(transaction, world.at(), 11_000))
    assert (await world.stored()).phase is Phase.STOPPING
    [stop] = await world.commanded()
    assert stop.operation == op.Stop(transaction)
    assert len(result.deadlines) == 1, "the edge goes on stopping too"


@pytest.mark.parametrize("wrong", [0, -1, 999_999_999])
async def test_a_wrong_id_means_what_runs_on_the_connector(wrong: int) -> None:
    world, _ = await charging_world()
    assert await after(world, 60, read(wrong, world.at(60), 2000)) == 1000


async def test_without_an_id_it_is_the_connectors_own_meter() -> None:
    world, _ = await charging_world()
    assert await after(world, 60, read(None, world.at(60), 2000)) == 0


async def test_readings_of_nothing_are_acknowledged_and_forgotten() -> None:
    world = await World().furnish()
    await world.connect()
    before = world.tables.rows()
    for wrong in (None, 0, 77):
        result = await world.say(read(wrong, world.at(), 2000))
        assert (result.saved, result.deadlines, result.next_readings_in_s) == (True, (), None)
    assert (await world.say(Readings(1, 7, ()))).saved
    assert world.tables.rows() == before


async def test_readings_before_the_start_wait_for_none() -> None:
    world = await World().furnish()
    await world.connect()
    await world.pay()
    assert await after(world, 1, read(5, world.at(1), 2000)) == 0
    assert (await world.say(started(world.at()))).accepted


async def test_readings_of_a_stranger_are_nobodys() -> None:
    world, _ = await charging_world()
    stranger = await world.say(started(world.at(), "04A1B2C3"))
    assert await after(world, 60, read(stranger.transaction_id, world.at(60), 9000)) == 0


async def test_readings_of_an_earlier_transaction_are_not_the_next_payers() -> None:
    world, first = await charging_world()
    await world.say(stopped(first, world.at(), 1000))
    await world.pay("zzzzzzzz23456789", "bb" * 32)
    tag = "ZZZZZZZZ23456789"
    assert (await world.say(started(world.at(1), tag))).accepted
    world.clock.pass_s(60)
    await world.say(read(first, world.at(), 9000))
    assert (await world.stored("zzzzzzzz23456789")).energy_wh == 0


async def test_a_reading_counts_once_and_a_late_one_not_at_all() -> None:
    world, transaction = await charging_world()
    early, late = read(transaction, world.at(30), 1500), read(transaction, world.at(60), 2000)
    assert await after(world, 60, late) == 1000
    version = await world.flow.sessions.find(TENANT, SESSION)
    assert await after(world, 1, late) == 1000
    assert await after(world, 1, early) == 1000
    assert await world.flow.sessions.find(TENANT, SESSION) == version
    assert await after(world, 60, read(transaction, world.at(60), 2500)) == 1500


async def test_a_register_that_was_reset_goes_on_counting() -> None:
    world, transaction = await charging_world()
    assert await after(world, 60, read(transaction, world.at(60), 3000)) == 2000
    assert await after(world, 60, read(transaction, world.at(60), 0)) == 2000
    assert await after(world, 60, read(transaction, world.at(60), 500)) == 2500
    result = await world.say(stopped(transaction, world.at(), 700))
    assert result.saved
    assert (await world.stored()).energy_wh == 2700
    await world.require_books()


async def test_a_bundle_in_any_order_counts_to_its_newest() -> None:
    world, transaction = await charging_world()
    bundle = tuple(Reading(world.at(10 * n), 1000 + 100 * n, 7000) for n in (3, 1, 2))
    assert await after(world, 60, Readings(1, transaction, bundle)) == 300
    session = await world.stored()
    kept = await world.flow.sessions.readings(TENANT, session)
    assert [r.meter_wh for r in kept] == [1000, 1100, 1200, 1300]


@pytest.mark.parametrize("ahead_s", [2, 240, 7200, 20 * 3600])
async def test_the_newest_of_a_bundle_counts_also_when_the_clock_is_ahead(ahead_s: int) -> None:
    world, transaction = await charging_world()
    for number in (1, 2):
        bundle = tuple(Reading(world.at(ahead_s + s), 1000 * number + 10 * s) for s in (20, 40, 60))
        energy = await after(world, 60, Readings(1, transaction, bundle))
        assert energy == 1000 * number + 600 - 1000
        assert (await world.stored()).power_w is not None
        heard_at = (await world.stored()).heard_at
        assert heard_at is not None
        assert heard_at <= world.at()


@pytest.mark.parametrize("ahead_s", [2, 240, 7200])
async def test_a_bundle_told_again_counts_once_also_when_the_clock_is_ahead(ahead_s: int) -> None:
    world, transaction = await charging_world()
    bundle = tuple(Reading(world.at(ahead_s + s), 1000 + 10 * s) for s in (56, 58, 60))
    told = Readings(1, transaction, bundle)
    assert await after(world, 60, told) == 600
    assert await after(world, 3, told) == 600
    assert await after(world, 60, read(transaction, world.at(ahead_s + 60), 2000)) == 1000
    result = await world.say(stopped(transaction, world.at(), 2100))
    assert result.saved
    assert (await world.stored()).energy_wh == 1100


async def test_a_clock_that_is_put_right_within_a_bundle_resets_no_register() -> None:
    world, transaction = await charging_world()
    wrong = Reading(world.at(7200 + 20), 1200)
    right = Reading(world.at(60), 1600)
    assert await after(world, 60, Readings(1, transaction, (wrong, right))) == 600
    assert await after(world, 60, read(transaction, world.at(60), 2000)) == 1000


def test_moments_that_can_be_right_are_left_as_they_are() -> None:
    days_ago = NOON - timedelta(days=6)
    assert trusted_time(days_ago, NOON) == days_ago
    assert trusted_time(seconds(1), NOON) == NOON
    assert trusted_time(datetime(1970, 1, 1, tzinfo=UTC), NOON) == NOON
    assert trusted_readings([], NOON) == []
    told = [Reading(seconds(-60), 1), Reading(days_ago, 2)]
    assert [at for at, _ in trusted_readings(told, NOON)] == [days_ago, seconds(-60)]


def test_moments_that_cannot_be_right_end_now_and_keep_their_distance() -> None:
    never_set = datetime(1970, 1, 1, tzinfo=UTC)
    told = [Reading(never_set + timedelta(seconds=s), s) for s in (60, 0)]
    assert [(at, r.energy_wh) for at, r in trusted_readings(told, NOON)] == [
        (seconds(-60), 0),
        (NOON, 60),
    ]
    told.append(Reading(seconds(-10), 70))
    assert [r.energy_wh for _, r in trusted_readings(told, NOON)] == [70]
