"""Commands: rung until answered, their outcomes counted once."""

import pytest

from app import operations as op
from app.charge_points.remote import RemoteControl
from app.charging import events as ev
from app.charging.errors import BadInput, Conflict
from app.charging.session import End, Phase
from app.edge_messages import Command, CommandOutcome, Disconnect
from app.records import rows
from tests.charge_points.world import CP, World, charging_world, started
from tests.flow.system import SESSION, TENANT


async def started_command() -> tuple[World, Command]:
    """A payment has just rung the edge."""
    world = await World().furnish()
    await world.connect()
    await world.pay()
    [command] = await world.commanded()
    return world, command


async def test_a_payment_rings_the_edge_at_once() -> None:
    world, command = await started_command()
    assert (command.tenant, command.charge_point) == (TENANT, CP)
    assert (command.id, command.attempt, command.epoch) == (f"start.{SESSION}", 1, world.epoch)
    assert command.operation == op.Start(1, SESSION.upper())
    assert command.expires_at == world.at(180)
    assert len(SESSION) < 20


async def test_rejected_at_first_delivery_gives_everything_back_at_once() -> None:
    world, command = await started_command()
    assert (await world.say(CommandOutcome(command.id, 1, "rejected", "Rejected"))).saved
    session = await world.stored()
    assert (session.end, session.claimable_msat) == (End.START_REJECTED, 5_000_000)
    assert world.claims() == []
    await world.later(100)
    assert await world.commanded() == []
    await world.require_books()


async def test_rejected_when_repeated_may_mean_that_the_first_one_worked() -> None:
    world, command = await started_command()
    await world.later(46)
    [again] = await world.commanded()
    assert (again.id, again.attempt) == (command.id, 2)
    await world.say(CommandOutcome(again.id, 2, "rejected"))
    assert (await world.stored()).phase is Phase.STARTING
    assert (await world.say(started(world.at()))).accepted


async def test_unknown_waits_for_the_deadline() -> None:
    world, command = await started_command()
    await world.say(CommandOutcome(command.id, 1, "unknown", "timed out"))
    assert (await world.stored()).phase is Phase.STARTING
    await world.later(181)
    session = await world.stored()
    assert (session.end, session.claimable_msat) == (End.START_TIMED_OUT, 5_000_000)


async def test_accepted_is_not_rung_again_and_accepted_twice_is_accepted() -> None:
    world, command = await started_command()
    for _ in range(2):
        assert (await world.say(CommandOutcome(command.id, 1, "accepted"))).saved
    await world.later(100)
    assert await world.commanded() == []
    await world.later(100)
    assert (await world.stored()).end is End.START_TIMED_OUT, "nobody plugged in"


async def test_an_outcome_after_the_start_changes_nothing() -> None:
    world, command = await started_command()
    await world.say(started(world.at()))
    for outcome in ("accepted", "rejected", "unknown"):
        said = CommandOutcome(command.id, 1, outcome)
        assert (await world.say(said)).saved
    assert (await world.stored()).phase is Phase.CHARGING


@pytest.mark.parametrize(
    "command_id", ["", "start", "start.", "start.zzzzzzzz23456789", "stop.x.7", "owner.x", "?"]
)
async def test_the_outcome_of_nothing_is_not_told_for_ever(command_id: str) -> None:
    world, _ = await started_command()
    assert (await world.say(CommandOutcome(command_id, 1, "accepted"))).saved


async def test_offline_nothing_is_tried() -> None:
    world = await World().furnish()
    await world.connect()
    await world.post("disconnect", Disconnect(TENANT, CP, world.epoch, "edge-1"))
    await world.pay()
    await world.later(30)
    assert await world.commanded() == []
    await world.connect()
    await world.later(46)
    assert [c.attempt for c in await world.commanded()] == [2], "the first came with the answer"


async def test_a_stop_is_rung_until_it_is_seen() -> None:
    world, transaction = await charging_world()
    await world.received()
    await world.flow.record(TENANT, SESSION, [ev.StopRequested(world.at(), "payer")])
    for attempt in (1, 2, 3):
        [stop] = await world.commanded()
        assert (stop.operation, stop.attempt) == (op.Stop(transaction), attempt)
        assert stop.expires_at is None
        await world.say(CommandOutcome(stop.id, stop.attempt, "rejected"))
        await world.later(46)


# --- the owner's ---------------------------------------------------------------------------


async def test_an_owners_command_goes_out_once_and_its_outcome_is_kept() -> None:
    world = await World().furnish()
    await world.connect()
    given = await world.commands.give(TENANT, CP, op.Reset("Soft"), by="owner")
    [command] = await world.commanded()
    assert (command.operation, command.attempt) == (op.Reset("Soft"), 1)
    assert command.expires_at == world.at(60), "no reset comes a day later"
    [kept] = await world.commands.newest(TENANT, CP)
    assert (kept.id, kept.state) == (given.id, "waiting")
    result: dict[str, object] = {"Cable": "3 m", "Lock": "on"}
    await world.say(CommandOutcome(given.id, 1, "accepted", "Accepted", result))
    await world.say(CommandOutcome(given.id, 2, "unknown", "gone"))
    [kept] = await world.commands.newest(TENANT, CP)
    assert (kept.state, kept.detail, kept.results) == ("accepted", "Accepted", result)


async def test_what_was_unknown_may_still_be_told() -> None:
    world = await World().furnish()
    await world.connect()
    given = await world.commands.give(TENANT, CP, op.Unlock(1), by="payer")
    await world.say(CommandOutcome(given.id, 1, "unknown", "timed out"))
    await world.say(CommandOutcome(given.id, 1, "rejected", "NotSupported"))
    [kept] = await world.commands.newest(TENANT, CP)
    assert (kept.state, kept.detail, kept.connector) == ("rejected", "NotSupported", 1)


async def test_an_owners_command_is_refused_while_nobody_would_hear_it() -> None:
    world = await World().furnish()
    with pytest.raises(Conflict):
        await world.commands.give(TENANT, CP, op.Reset(), by="owner")
    await world.connect()
    world.clock.pass_s(3601)
    with pytest.raises(Conflict):
        await world.commands.give(TENANT, CP, op.Reset(), by="owner")
    assert await world.commands.newest(TENANT, CP) == []


async def test_the_newest_commands_come_first() -> None:
    world = await World().furnish()
    await world.connect()
    for connector in range(1, 6):
        await world.commands.give(TENANT, CP, op.Unlock(connector), by="owner")
        world.clock.pass_s(1)
    newest = await world.commands.newest(TENANT, CP, limit=3)
    assert [given.connector for given in newest] == [5, 4, 3]


# --- secrets ---------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["AuthorizationKey", "SecurityCtrlr.BasicAuthPassword"])
async def test_a_secret_is_not_set_by_a_command_that_everybody_can_read(key: str) -> None:
    world = await World().furnish()
    await world.connect()
    with pytest.raises(BadInput):
        await world.commands.give(TENANT, CP, op.ChangeConfiguration(key, "hush"), by="owner")
    assert "hush" not in str(world.tables.rows())


async def test_a_secret_that_a_charge_point_tells_is_not_kept() -> None:
    world = await World().furnish()
    await world.connect()
    given = await world.commands.give(TENANT, CP, op.GetConfiguration(), by="owner")
    told: dict[str, object] = {"AuthorizationKey": "hush", "HeartbeatInterval": "300"}
    await world.say(CommandOutcome(given.id, 1, "accepted", "", told))
    assert "hush" not in str(world.tables.rows())
    [kept] = await world.commands.newest(TENANT, CP)
    assert kept.results["HeartbeatInterval"] == "300"


async def test_what_was_asked_for_reads_as_the_charge_point_wrote_it() -> None:
    world = await World().furnish()
    await world.connect()
    control = RemoteControl(world.commands, world.flow, world.settings)
    station = await rows.charge_points(world.tables).get(TENANT, CP)
    schedule = op.GetCompositeSchedule(1, 60)
    given = await control.operate(TENANT, station, schedule)
    told: dict[str, object] = {"scheduleStart": "now", "chargingSchedule": {"duration": 60}}
    await world.say(CommandOutcome(given.id, 1, "accepted", "Accepted", told))
    [view] = await control.latest(TENANT, station)
    wanted = 'Accepted\nscheduleStart = now\nchargingSchedule = {"duration":60}'
    assert view.detail == wanted
