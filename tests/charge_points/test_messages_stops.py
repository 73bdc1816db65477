"""StopTransaction, and what wrong clocks and late tellings make of a charge."""

import asyncio
from datetime import UTC, datetime

import pytest

from app.charging import events as ev
from app.charging.session import End, Phase
from app.edge_messages import MessageResult, Reading, TransactionStopped
from tests.charge_points.world import (
    CP,
    World,
    charging_world,
    paid_world,
    read,
    started,
    stopped,
)
from tests.flow.system import SESSION, TENANT

# --- StopTransaction ------------------------------------------------------------------------


@pytest.mark.parametrize("transaction", [0, -1, 12345, 2**40])
async def test_a_stop_of_an_unknown_transaction_is_acknowledged(transaction: int) -> None:
    world = await paid_world()
    before = world.tables.rows()
    assert (await world.say(stopped(transaction, world.at(), 0))).saved
    assert world.tables.rows() == before


@pytest.mark.parametrize("transaction", [0, -1, 12345])
async def test_a_stop_with_a_wrong_id_ends_what_its_idtag_names(transaction: int) -> None:
    world, _ = await charging_world()
    await world.say(TransactionStopped(transaction, 3000, world.at(60), id_tag=SESSION.upper()))
    session = await world.stored()
    assert (session.end, session.energy_wh) == (End.CHARGED, 2000)
    assert world.claims() == []


async def test_a_stop_is_counted_once_however_often_it_is_told() -> None:
    world, transaction = await charging_world()
    said = stopped(transaction, world.at(600), 3000)
    results = [await world.say(said), await world.say(said)]
    world.restart()
    results += await asyncio.gather(*(world.say(said) for _ in range(20)))
    assert all(r.saved for r in results)
    session = await world.stored()
    assert (session.balances.charged, session.claimable_msat) == (1_000_000, 4_000_000)
    assert world.claims() == []
    await world.require_books()


async def test_a_final_meter_below_the_last_reading_says_less_than_is_known() -> None:
    world, transaction = await charging_world()
    world.clock.pass_s(60)
    await world.say(read(transaction, world.at(), 3000))
    await world.say(stopped(transaction, world.at(), 0))
    assert (await world.stored()).energy_wh == 2000


async def test_the_readings_in_a_stop_count_before_it() -> None:
    world, transaction = await charging_world()
    readings = (Reading(world.at(60), 2000, 7000, 55), Reading(world.at(30), 1500))
    world.clock.pass_s(120)
    said = TransactionStopped(transaction, 3000, world.at(), readings=readings)
    await world.say(said)
    session = await world.stored()
    assert (session.energy_wh, session.soc_percent) == (2000, 55)
    kept = await world.flow.sessions.readings(TENANT, session)
    assert [r.meter_wh for r in kept] == [1000, 1500, 2000, 3000]


async def test_readings_after_the_stop_revive_nothing() -> None:
    world, transaction = await charging_world()
    await world.say(stopped(transaction, world.at(60), 3000))
    result = await world.say(read(transaction, world.at(70), 9000))
    assert (result.saved, result.deadlines) == (True, ())
    session = await world.stored()
    assert (session.phase, session.energy_wh) == (Phase.ENDED, 2000)


async def test_a_stop_ends_the_stop_that_was_owed() -> None:
    world, transaction = await charging_world()
    await world.flow.record(TENANT, SESSION, [ev.StopRequested(world.at(), "payer")])
    await world.say(stopped(transaction, world.at(), 1500))
    await world.received()
    await world.later(100)
    assert await world.commanded() == []
    assert await world.flow.sessions.owed(TENANT, f"T#{TENANT}#P#{CP}") == []


# --- clocks ---------------------------------------------------------------------------------


async def replayed(world: World, days: float) -> MessageResult:
    """A whole charge of an hour, told when it was over for so many days."""
    begun = -days * 24 * 3600 - 3600
    result = await world.say(started(world.at(begun)))
    transaction = result.transaction_id or 0
    await world.later(1)  # the sweep comes between
    await world.say(read(transaction, world.at(begun + 1800), 2000))
    await world.later(1)
    return await world.say(stopped(transaction, world.at(begun + 3600), 3000))


@pytest.mark.parametrize("days", [0.1, 2, 6])
async def test_a_charge_that_is_told_days_later_is_priced(days: float) -> None:
    world = await paid_world()
    world.clock.pass_s(days * 24 * 3600 + 3600)
    assert (await replayed(world, days)).saved
    session = await world.stored()
    assert (session.end, session.claimable_msat) == (End.CHARGED, 4_000_000)
    await world.require_books()


@pytest.mark.parametrize(
    "said_at",
    [datetime(1970, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC), "ahead", "behind"],
)
async def test_a_start_with_a_wrong_clock_has_a_deadline_in_the_future(
    said_at: datetime | str,
) -> None:
    world = await paid_world()
    at = said_at if isinstance(said_at, datetime) else world.at(7200 * (-1) ** (said_at[0] == "b"))
    result = await world.say(started(at))
    [deadline] = result.deadlines
    assert deadline.stop_at == world.at(10_000 * 3600 // 11_000)
    transaction = result.transaction_id or 0
    world.clock.pass_s(60)
    later = at.replace(minute=1)
    answer = await world.say(read(transaction, later, 1100))
    [deadline] = answer.deadlines
    assert deadline.stop_at == world.at(9900 * 3600 // 7000)
    world.clock.pass_s(60)
    await world.say(stopped(transaction, at.replace(minute=2), 1200))
    assert (await world.stored()).energy_wh == 200
