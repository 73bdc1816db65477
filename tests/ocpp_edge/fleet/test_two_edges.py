"""Two edges, one charge point: the newest speaks for it, facts count once whoever brings them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.charging.session import Phase
from app.edge_messages import Command
from app.operations import ClearCache
from tests.charge_points.world import CP
from tests.flow.system import SESSION, TENANT
from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.fleet.two_edges import Box, Places, places

TAG = SESSION.upper()


@pytest.fixture
async def here() -> AsyncIterator[Places]:
    async with places() as found:
        yield found


async def both(here: Places) -> tuple[Box, Box]:
    """The charge point on both; the older edge is cut off from the bus and does not know."""
    old = await here.plug(await here.edge("edge-1"))
    here.bus.lost.add("edge-1")
    await old.status("Available")
    async with asyncio.timeout(5):  # else what is still on its way is told under the old epoch
        while not (await here.world.chargers.connection(TENANT, CP)).configured:
            await asyncio.sleep(0.01)
    new = await here.plug(await here.edge("edge-2"))
    await new.says("Heartbeat")
    return old, new


async def told_status(here: Places) -> str:
    state = await here.world.chargers.connector_state(TENANT, CP, 1)
    return "" if state is None else state.status


async def test_the_older_socket_is_closed_and_its_end_takes_nobody_offline(here: Places) -> None:
    old = await here.plug(await here.edge("edge-1"))
    await here.plug(await here.edge("edge-2"))
    await old.is_closed()
    await until(lambda: here.edges["edge-1"].connected == 0)
    await until(lambda: here.edges["edge-1"]._departures.is_done)
    connection = await here.world.chargers.connection(TENANT, CP)
    assert (connection.epoch, connection.instance, connection.connected) == (2, "edge-2", True)


async def test_the_older_one_cannot_speak_of_the_status_and_is_closed_when_it_tries(
    here: Places,
) -> None:
    old, new = await both(here)
    await new.status("Preparing")
    async with asyncio.timeout(5):
        while await told_status(here) != "Preparing":
            await asyncio.sleep(0.01)
    await old.status("Faulted")
    await old.is_closed()
    assert await told_status(here) == "Preparing"
    assert here.edges["edge-2"].connected == 1


async def test_commands_go_to_the_newer_alone(here: Places) -> None:
    old, new = await both(here)
    here.bus.lost.clear()
    await here.world.commands.give(TENANT, CP, ClearCache(), by="owner")
    await new.is_told("ClearCache")
    assert ("ClearCache", {}) not in old.heard


async def test_what_the_older_one_was_rung_for_is_not_said_to_the_charge_point(
    here: Places,
) -> None:
    """A command on its way to the old connection, found by its epoch."""
    old = await here.plug(await here.edge("edge-1"))
    await old.says("Heartbeat")
    connection = await here.world.chargers.connection(TENANT, CP)
    new = await here.plug(await here.edge("edge-2"))
    await here.world.commands.give(TENANT, CP, ClearCache(), by="owner")
    given = (await here.world.commands.newest(TENANT, CP))[0]
    await new.is_told("ClearCache")
    late = Command(given.id, TENANT, CP, ClearCache(), 5, epoch=connection.epoch)
    await here.bus.send("edge-2", late)
    await asyncio.sleep(0.1)
    assert [told for told, _ in new.heard].count("ClearCache") == 1


async def test_facts_count_whoever_brings_them_and_once(here: Places) -> None:
    old, new = await both(here)
    world = here.world
    await world.pay()
    began = world.at()
    first = await old.starts(TAG, began)
    again = await new.starts(TAG, began)
    assert first == again
    assert first["idTagInfo"]["status"] == "Accepted"
    transaction = first["transactionId"]
    for box in (old, new):
        await box.meters(transaction, world.at(), 3000)
    async with asyncio.timeout(5):
        while (await world.stored()).energy_wh != 2000:
            await asyncio.sleep(0.01)
    ended = world.at()
    await old.stops(transaction, ended, 4000)
    await new.stops(transaction, ended, 4000)
    session = await world.stored()
    assert (session.phase, session.energy_wh) == (Phase.ENDED, 3000)
    assert len(world.transactions()) == 1
    await world.require_books()


async def test_a_start_that_is_owed_is_given_once_however_often_it_moves(here: Places) -> None:
    old = await here.plug(await here.edge("edge-1"))
    await old.says("Heartbeat")
    await here.world.pay()
    await old.is_told("RemoteStartTransaction")
    async with asyncio.timeout(5):
        while not (await here.world.stored()).start_accepted:
            await asyncio.sleep(0.01)
    new = await here.plug(await here.edge("edge-2"))
    await new.says("Heartbeat")
    await asyncio.sleep(0.2)
    assert [told for told, _ in new.heard].count("RemoteStartTransaction") == 0
