"""Reservations: told to the charge point, kept against payers, given back."""

from datetime import timedelta

import pytest

from app import operations as op
from app.charge_points.reserving import Reserving
from app.charging.errors import BadInput, Conflict, NotFound
from app.edge_messages import CommandOutcome
from app.records import rows
from app.records.charge_points import ChargePoint
from app.records.reservations import Reservation, Reservations
from tests.charge_points.world import CP, World, charging_world, connected_world
from tests.flow.system import TENANT

HOUR = timedelta(hours=1)


def desk(world: World) -> Reserving:
    reserving = Reserving(Reservations(world.tables), world.commands, world.clock, world.chance)
    world.commands.followers[op.Reserve] = reserving.answered
    return reserving


async def station(world: World) -> ChargePoint:
    return await rows.charge_points(world.tables).get(TENANT, CP)


async def reserved(world: World, card: str = "") -> Reservation:
    until = world.clock.now() + HOUR
    return await desk(world).reserve(TENANT, await station(world), 1, until, card=card)


async def answered(world: World, outcome: str, detail: str) -> list[Reservation]:
    [command] = await world.commanded()
    await world.say(CommandOutcome(command.id, 1, outcome, detail))  # type: ignore[arg-type]  # as given
    return await desk(world).all(TENANT, CP)


async def test_a_charge_point_is_told_for_whom() -> None:
    world = await connected_world()
    kept = await reserved(world, "04a1b2")
    [command] = await world.commanded()
    assert command.operation == op.Reserve(kept.id, 1, "04A1B2", kept.until)
    assert (kept.code, kept.session_id) == ("", "")


async def test_a_payers_reservation_names_the_session_to_come() -> None:
    world = await connected_world()
    kept = await reserved(world)
    assert kept.id_tag == kept.session_id.upper()
    assert len(kept.code) == 12
    [held] = await answered(world, "accepted", "Accepted")
    assert (held.id, held.state) == (kept.id, "accepted")


@pytest.mark.parametrize("detail", ["Rejected", "NotSupported: no", "NotImplemented"])
async def test_where_the_charge_point_keeps_none_we_keep_it_against_payers(detail: str) -> None:
    world = await connected_world()
    await reserved(world)
    [held] = await answered(world, "rejected", detail)
    assert held.state == "ours"
    await desk(world).cancel(TENANT, CP, 1)
    assert await world.commanded() == [], "the charge point knows of nothing to cancel"


@pytest.mark.parametrize("detail", ["Occupied", "Faulted", "Unavailable"])
async def test_what_cannot_be_kept_is_not(detail: str) -> None:
    world = await connected_world()
    await reserved(world)
    assert await answered(world, "rejected", detail) == []


async def test_given_back_it_is_free_and_the_charge_point_hears_of_it() -> None:
    world = await connected_world()
    kept = await reserved(world)
    await answered(world, "accepted", "Accepted")
    await desk(world).cancel(TENANT, CP, 1)
    [command] = await world.commanded()
    assert command.operation == op.CancelReservation(kept.id)
    with pytest.raises(NotFound):
        await desk(world).cancel(TENANT, CP, 1)


async def test_one_at_a_time_and_none_where_somebody_charges() -> None:
    world = await connected_world()
    await reserved(world)
    with pytest.raises(Conflict):
        await reserved(world)
    world.clock.pass_s(3600)
    await world.lease()
    await reserved(world)
    busy, _ = await charging_world()
    with pytest.raises(Conflict):
        await reserved(busy)


async def test_a_charge_point_that_is_away_keeps_nothing() -> None:
    world = await World().furnish()
    with pytest.raises(Conflict):
        await reserved(world)
    assert await desk(world).all(TENANT, CP) == []


@pytest.mark.parametrize(("connector", "hours"), [(9, 1), (0, 1), (1, 0), (1, -1), (1, 200)])
async def test_what_makes_no_sense_is_refused(connector: int, hours: int) -> None:
    world = await connected_world()
    until = world.clock.now() + timedelta(hours=hours)
    with pytest.raises(BadInput):
        await desk(world).reserve(TENANT, await station(world), connector, until)
