"""A stop is rung until one is seen, or until the charge point shows that nothing is running."""

import pytest
from msgspec import structs

from app.charging import events as ev
from app.charging.session import End
from app.edge_messages import CommandOutcome, ConnectorStatus, Disconnect
from app.records import rows
from app.records.id_tags import IdTag
from tests.charge_points.world import (
    CP,
    World,
    charging_world,
    connected_world,
    paid_world,
    read,
    started,
    stopped,
)
from tests.flow.system import SESSION, TENANT

DAY_S = 24 * 3600
OTHER = "zzzzzzzz23456789"


def stops_owed(world: World) -> list[str]:
    return [sk for row in world.tables.rows() if (sk := str(row["sk"])).startswith("E#stop")]


async def rings(world: World, times: int, *, apart_s: float = 46) -> None:
    """So often the stop is delivered, and refused."""
    for _ in range(times):
        await world.later(apart_s)
        for command in await world.commanded():
            await world.say(CommandOutcome(command.id, command.attempt, "rejected"))


async def settled_in_silence(status: str = "") -> World:
    """Charged for a minute, asked to stop, and never heard of again but for a status."""
    world, transaction = await charging_world()
    world.clock.pass_s(60)
    await world.say(read(transaction, world.at(), 2000))
    await world.flow.record(TENANT, SESSION, [ev.StopRequested(world.at(), "payer")])
    if status:
        world.clock.pass_s(30)
        assert (await world.say(ConnectorStatus(1, status, "NoError", world.at()))).saved
    world.clock.pass_s(DAY_S)
    await world.lease()
    await rings(world, 1)
    assert (await world.stored()).end is End.SILENT
    return world


# --- a session's -----------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["Available", "Preparing", "Finishing", "Reserved"])
async def test_a_free_connector_ends_the_stop_of_a_settled_session(status: str) -> None:
    world = await settled_in_silence(status)
    before = (await world.stored()).balances
    await rings(world, 4)
    session = await world.stored()
    assert stops_owed(world) == []
    assert (session.running, session.end_unseen, session.balances) == (False, True, before)
    await world.require_books()


@pytest.mark.parametrize("status", ["", "Charging", "SuspendedEV", "Unavailable", "Faulted"])
async def test_any_other_says_nothing(status: str) -> None:
    world = await settled_in_silence(status)
    await rings(world, 6)
    assert len(stops_owed(world)) == 1
    assert (await world.stored()).running


async def test_a_status_from_before_the_charge_says_nothing() -> None:
    world = await paid_world()
    await world.say(ConnectorStatus(1, "Preparing", "NoError", world.at(-5)))
    result = await world.say(started(world.at()))
    assert result.transaction_id is not None
    world.clock.pass_s(DAY_S)
    await world.lease()
    await rings(world, 6)
    assert (await world.stored()).end is End.SILENT
    assert len(stops_owed(world)) == 1


async def test_a_charge_that_is_not_settled_waits_for_its_end() -> None:
    """The StopTransaction may be on its way, with the energy to charge for."""
    world, transaction = await charging_world()
    await world.flow.record(TENANT, SESSION, [ev.StopRequested(world.at(), "payer")])
    world.clock.pass_s(60)
    await world.say(ConnectorStatus(1, "Finishing", "NoError", world.at()))
    await rings(world, 8)
    assert len(stops_owed(world)) == 1
    await world.say(stopped(transaction, world.at(), 3000))
    session = await world.stored()
    assert (session.end, session.energy_wh) == (End.CHARGED, 2000)


async def test_another_charge_at_the_connector_ends_it() -> None:
    world = await settled_in_silence()
    await world.pay(OTHER, "bb" * 32)
    await world.say(started(world.at(), OTHER.upper()))
    await rings(world, 5)
    assert stops_owed(world) == []
    assert not (await world.stored()).running
    assert (await world.stored(OTHER)).running


async def test_a_charge_point_that_never_comes_back_is_not_rung_for_ever() -> None:
    world, _ = await charging_world()
    await world.flow.record(TENANT, SESSION, [ev.StopRequested(world.at(), "payer")])
    world.clock.pass_s(3600)
    await world.post("disconnect", Disconnect(TENANT, CP, world.epoch, "edge-1"))
    world.clock.pass_s(DAY_S - 3500)
    await rings(world, 2)
    assert (await world.stored()).end is End.SILENT
    assert len(stops_owed(world)) == 1, "it was there until a day ago"
    world.clock.pass_s(3600)
    await rings(world, 2)
    assert stops_owed(world) == []
    assert (await world.stored()).end_unseen


async def test_if_it_comes_back_and_charges_it_is_stopped_after_all() -> None:
    world = await settled_in_silence("Available")
    await rings(world, 4)
    [transaction] = world.transactions()
    await world.commanded()
    await world.say(read(transaction, world.at(), 5000))
    [stop] = await world.commanded()
    assert stop.id == f"stop.{SESSION}.{transaction}.1", "the edge has done with the first"
    await world.say(stopped(transaction, world.at(), 6000))
    session = await world.stored()
    assert (session.balances.absorbed, session.claimable_msat) == (2_000_000, 4_500_000)
    assert stops_owed(world) == []
    await world.require_books()


# --- a follower ------------------------------------------------------------------------------


@pytest.mark.parametrize("card", ["NOBODYS", "ANNAS"])
async def test_a_card_where_a_charge_should_still_run_settles_that(card: str) -> None:
    """Its end was lost; what the next one draws is not for who paid before."""
    world, transaction = await charging_world()
    await rows.id_tags(world.tables).add(TENANT, IdTag("ANNAS", "Anna", world.at()))
    world.clock.pass_s(60)
    await world.say(read(transaction, world.at(), 2000))
    world.clock.pass_s(600)
    begun = await world.say(started(world.at(), card, meter_wh=2000))
    assert begun.accepted is (card == "ANNAS")
    session = await world.stored()
    assert (session.end, session.claimable_msat) == (End.SILENT, 4_500_000)
    world.clock.pass_s(60)
    await world.say(read(-1, world.at(), 9000))
    await world.say(read(transaction, world.at(), 9000))
    assert (await world.stored()).energy_wh == 1000
    assert len(world.claims()) == int(card == "ANNAS")
    await world.require_books()


async def test_an_older_one_told_again_settles_nothing() -> None:
    world = await paid_world()
    earlier = started(world.at(-300), "NOBODYS")
    await world.say(earlier)
    assert (await world.say(started(world.at()))).accepted
    await world.say(earlier)
    assert (await world.stored()).running


# --- a stranger's ----------------------------------------------------------------------------


async def stranger_world() -> tuple[World, int]:
    """Somebody charges with a card of their own."""
    world = await connected_world()
    result = await world.say(started(world.at(), "A-CARD"))
    assert result.transaction_id is not None
    assert not result.accepted
    return world, result.transaction_id


async def test_a_strangers_stop_without_its_id_ends_once_the_connector_is_free() -> None:
    world, _ = await stranger_world()
    await rings(world, 4)
    assert len(stops_owed(world)) == 1
    await world.say(stopped(-1, world.at(), 3000))
    await world.say(ConnectorStatus(1, "Finishing", "NoError", world.at()))
    await rings(world, 2)
    assert stops_owed(world) == []


async def test_it_is_rung_a_few_times_whatever_the_connector_says() -> None:
    world, _ = await stranger_world()
    world.clock.pass_s(1)
    await world.say(ConnectorStatus(1, "Preparing", "NoError", world.at()))
    await rings(world, 2)
    assert len(stops_owed(world)) == 1


async def test_a_stranger_that_still_draws_energy_is_stopped_again() -> None:
    world, transaction = await stranger_world()
    world.clock.pass_s(1)
    await world.say(ConnectorStatus(1, "Available", "NoError", world.at()))
    await rings(world, 5)
    assert stops_owed(world) == []
    await world.say(read(transaction, world.at(), 5000))
    assert len(stops_owed(world)) == 1
    await world.say(stopped(transaction, world.at(), 6000))
    await rings(world, 1)
    await world.say(read(transaction, world.at(), 5000))
    assert stops_owed(world) == []


async def test_a_stranger_at_a_charge_point_that_is_gone_is_forgotten() -> None:
    world, _ = await stranger_world()
    await world.post("disconnect", Disconnect(TENANT, CP, world.epoch, "edge-1"))
    await rings(world, 3, apart_s=3600)
    assert len(stops_owed(world)) == 1
    await rings(world, 2, apart_s=DAY_S)
    assert stops_owed(world) == []


# --- a card's --------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["04A1B2C3D4", "04a1b2c3d4"])
async def test_a_cards_stop_without_its_id_ends_its_charge(written: str) -> None:
    """Else the connector would be taken until the charge counts as silent, a day later."""
    world = await connected_world()
    await rows.id_tags(world.tables).add(TENANT, IdTag("04A1B2C3D4", "Anna", world.at()))
    for connector in (1, 2):
        await world.say(ConnectorStatus(connector, "Available", "NoError", world.at()))
    assert (await world.say(started(world.at(), written))).accepted
    assert len(world.claims()) == 1
    world.clock.pass_s(60)
    said = stopped(-1, world.at(), 3000)
    await world.say(structs.replace(said, id_tag="SOMEBODY-ELSE"))
    assert len(world.claims()) == 1
    await world.say(structs.replace(said, id_tag=written))
    assert world.claims() == []


async def test_a_card_that_charges_twice_is_not_guessed_at() -> None:
    world = await connected_world()
    await rows.id_tags(world.tables).add(TENANT, IdTag("04A1B2C3D4", "Anna", world.at()))
    for connector in (1, 2):
        await world.say(ConnectorStatus(connector, "Charging", "NoError", world.at()))
        begun = started(world.at(), "04A1B2C3D4", connector=connector)
        assert (await world.say(begun)).accepted
    await world.say(structs.replace(stopped(0, world.at(), 3000), id_tag="04A1B2C3D4"))
    assert len(world.claims()) == 2
