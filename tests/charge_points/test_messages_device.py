"""Boot, configuration, status: of the newest connection, and the newest wins."""

import asyncio

import pytest

from app import operations as op
from app.charging.session import End, Phase
from app.edge_messages import (
    Booted,
    Command,
    ConfigurationReport,
    ConnectorStatus,
    SessionNotice,
    Watch,
)
from app.records.charge_points import ConnectorState
from tests.charge_points.world import CP, QUEUE, World, charging_world, others_first
from tests.flow.system import SESSION, TENANT


def status(world: World, word: str, error: str = "NoError", at_s: float = 0) -> ConnectorStatus:
    return ConnectorStatus(1, word, error, world.at(at_s))


async def kept(world: World, connector: int = 1) -> ConnectorState | None:
    return await world.chargers.connector_state(TENANT, CP, connector)


async def connected() -> World:
    world = await World().furnish()
    await world.connect()
    return world


async def test_a_boot_is_kept() -> None:
    world = await connected()
    result = await world.say(Booted("Maker", "Box", "123", "1.0"))
    assert (result.saved, result.fenced) == (True, False)
    known = await world.chargers.connection(TENANT, CP)
    assert (known.vendor, known.booted_at) == ("Maker", world.at())


@pytest.mark.parametrize(
    "said", [Booted("Maker", "Box"), ConfigurationReport({"ConnectionTimeOut": "Accepted"})]
)
async def test_an_older_connection_says_nothing_of_the_device(
    said: Booted | ConfigurationReport,
) -> None:
    world = await connected()
    await world.connect()
    result = await world.say(said, epoch=1)
    assert (result.saved, result.fenced) == (False, True)
    known = await world.chargers.connection(TENANT, CP)
    assert (known.vendor, known.configured) == ("", {})


async def test_an_older_connection_says_nothing_of_a_connector() -> None:
    world = await connected()
    await world.connect()
    result = await world.say(status(world, "Faulted"), epoch=1)
    assert (result.saved, result.fenced) == (False, True)
    assert await kept(world) is None


async def test_the_newest_status_wins() -> None:
    world = await connected()
    assert (await world.say(status(world, "Charging"))).saved
    assert (await world.say(status(world, "Available", at_s=-60))).saved
    state = await kept(world)
    assert state is not None
    assert (state.status, state.at) == ("Charging", world.at())
    await world.say(status(world, "Finishing"))
    assert (await kept(world)) == ConnectorState("Finishing", "NoError", world.at())


async def test_a_clock_that_ran_ahead_and_was_put_right_does_not_freeze_the_status() -> None:
    world = await connected()
    for ahead_s in (7200, 240):
        await world.say(status(world, "Preparing", at_s=ahead_s))
        world.clock.pass_s(1)
        await world.say(status(world, "Available"))
        state = await kept(world)
        assert state is not None
        assert state.status == "Available"


async def test_our_own_clock_that_was_set_back_does_not_freeze_the_status() -> None:
    world = await connected()
    world.clock.pass_s(600)
    await world.say(status(world, "Preparing"))
    world.clock.pass_s(-600)
    await world.say(status(world, "Available"))
    state = await kept(world)
    assert state is not None
    assert state.status == "Available"


async def test_a_clock_that_was_put_back_by_a_new_connection_counts_as_new() -> None:
    """It named local time without a zone, then UTC: hours before what it said last."""
    world = await connected()
    await world.say(status(world, "Preparing"))
    await world.connect()
    await world.say(status(world, "Available", at_s=-5 * 3600))
    state = await kept(world)
    assert state is not None
    assert state.status == "Available"


async def test_of_statuses_at_once_the_newest_is_kept() -> None:
    world = await connected()
    words = [f"S{n}" for n in range(20)]
    world.faults.before_write = others_first
    said = [status(world, word, at_s=n - 20) for n, word in enumerate(words)]
    results = await asyncio.gather(*(world.say(s) for s in reversed(said)))
    assert all(r.saved for r in results)
    state = await kept(world)
    assert state is not None
    assert state.status == "S19"


async def test_a_fault_before_the_start_ends_the_session_with_everything_back() -> None:
    world = await connected()
    await world.pay()
    await world.say(status(world, "Faulted", "GroundFailure"))
    session = await world.stored()
    assert (session.end, session.claimable_msat) == (End.FAULTED, 5_000_000)
    assert world.claims() == []
    assert await world.flow.sessions.owed(TENANT, f"T#{TENANT}#P#{CP}") == []


async def test_a_cable_that_does_not_lock_gives_the_money_back() -> None:
    world = await connected()
    await world.pay()
    await world.say(status(world, "SuspendedEVSE", "ConnectorLockFailure"))
    assert (await world.stored()).claimable_msat == 5_000_000


async def test_a_fault_while_charging_stops_it() -> None:
    world, transaction = await charging_world()
    await world.received()
    await world.say(status(world, "Faulted", "OverVoltage"))
    assert (await world.stored()).phase is Phase.STOPPING
    [stop] = await world.commanded()
    assert stop.operation == op.Stop(transaction)


async def test_a_fault_that_is_over_ends_nothing() -> None:
    """Told late, from a queue, after a newer status of the same connector."""
    world = await connected()
    await world.say(status(world, "Available"))
    await world.pay()
    await world.say(status(world, "Faulted", "GroundFailure", at_s=-60))
    assert (await world.stored()).phase is Phase.STARTING


async def test_what_only_warns_ends_nothing() -> None:
    world = await connected()
    await world.pay()
    await world.say(status(world, "Preparing", "HighTemperature"))
    assert (await world.stored()).phase is Phase.STARTING


async def test_a_fault_elsewhere_ends_nothing_here() -> None:
    world = await connected()
    await world.pay()
    await world.say(ConnectorStatus(2, "Faulted", "GroundFailure", world.at()))
    await world.say(ConnectorStatus(0, "Faulted", "OtherError", world.at()))
    assert (await world.stored()).phase is Phase.STARTING
    assert set(await world.chargers.connector_states(TENANT, CP)) == {0, 2}


async def test_who_watches_hears_of_the_connector() -> None:
    world, _ = await charging_world()
    await world.live.watch(Watch("edge-1", QUEUE, world.token()))
    await world.received()
    await world.say(status(world, "SuspendedEV"))
    [notice] = await world.received()
    assert isinstance(notice, SessionNotice)
    assert notice.session == SESSION


async def test_without_a_session_nobody_is_told() -> None:
    world = await connected()
    await world.say(status(world, "Available"))
    assert await world.received() == []
    await world.pay()
    [command] = await world.received()
    assert isinstance(command, Command)
