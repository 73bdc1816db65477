"""What happened while the edge was away is told later, in order, and reaches the domain once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from app.charging.errors import StorageThrottled
from app.charging.session import Phase
from tests.flow.system import SESSION
from tests.ocpp_edge.fleet.two_edges import Box, Places, places

TAG = SESSION.upper()


@pytest.fixture
async def here() -> AsyncIterator[Places]:
    async with places() as found:
        yield found


async def edge_was_away(here: Places) -> Box:
    """Paid, told to start, and then the edge died; another is there hours later."""
    box = await here.plug(await here.edge("edge-1"))
    await box.says("Heartbeat")
    await here.world.pay()
    await box.is_told("RemoteStartTransaction")
    async with asyncio.timeout(5):
        while not (await here.world.stored()).start_accepted:
            await asyncio.sleep(0.01)
    await here.dies("edge-1")
    return await here.plug(await here.edge("edge-2"))


async def require_ended(here: Places, energy_wh: int) -> None:
    session = await here.world.stored()
    assert (session.phase, session.energy_wh) == (Phase.ENDED, energy_wh)
    await here.world.require_books()


def moments(here: Places) -> list[datetime]:
    """A start, a reading, a stop: some minutes apart, all in the past."""
    return [here.world.at(-60 * minutes) for minutes in (2, 1, 0)]


async def test_a_whole_charge_that_was_queued_is_one_charge(here: Places) -> None:
    box = await edge_was_away(here)
    start, middle, end = moments(here)
    told = await box.starts(TAG, start)
    assert told["idTagInfo"]["status"] == "Accepted"
    transaction = told["transactionId"]
    await box.meters(transaction, middle, 2500)
    await box.stops(transaction, end, 4000)
    await require_ended(here, 3000)


async def test_a_queue_that_is_replayed_from_its_beginning_counts_once(here: Places) -> None:
    """The connection broke in the middle of it: new message ids, the same messages."""
    box = await edge_was_away(here)
    start, middle, end = moments(here)
    transactions = set()
    for attempt in range(3):
        told = await box.starts(TAG, start)
        transactions.add(told["transactionId"])
        await box.meters(told["transactionId"], middle, 2500)
        await box.stops(told["transactionId"], end, 4000)
        await box.socket.close()
        if attempt < 2:
            await here.dies(f"edge-{attempt + 2}")
            box = await here.plug(await here.edge(f"edge-{attempt + 3}"))
    assert len(transactions) == 1
    assert set(here.world.transactions()) == transactions
    await require_ended(here, 3000)


@pytest.mark.parametrize("named", [0, -1, 4711])
async def test_a_stop_that_does_not_know_its_transaction_ends_the_one_of_its_tag(
    here: Places, named: int
) -> None:
    """Started offline: some charge points write 0, -1 or a number of their own into the stop."""
    box = await edge_was_away(here)
    start, _, end = moments(here)
    await box.starts(TAG, start)
    await box.stops(named, end, 4000, idTag=TAG)
    await require_ended(here, 3000)


async def test_the_stop_alone_was_queued(here: Places) -> None:
    box = await here.plug(await here.edge("edge-1"))
    await box.says("Heartbeat")
    await here.world.pay()
    start, middle, end = moments(here)
    transaction = (await box.starts(TAG, start))["transactionId"]
    await here.dies("edge-1")
    box = await here.plug(await here.edge("edge-2"))
    for _ in range(2):
        await box.meters(transaction, middle, 2500)
        await box.stops(transaction, end, 4000)
    await require_ended(here, 3000)


async def test_charges_that_were_queued_are_told_apart(here: Places) -> None:
    """Three cards, one after another, while nobody was there; told twice."""
    box = await here.plug(await here.edge("edge-1"))
    started = [here.world.at(-600 + 100 * number) for number in range(3)]
    found = []
    for _ in range(2):
        for number, at in enumerate(started):
            told = await box.starts(f"CARD{number}", at, 1000 * number)
            await box.stops(told["transactionId"], at + timedelta(seconds=50), 1000 * number + 500)
            found.append(told["transactionId"])
    assert found[:3] == found[3:]
    assert len(set(found)) == 3
    assert set(here.world.transactions()) == set(found)


async def test_what_the_table_cannot_take_is_not_answered_until_it_can(here: Places) -> None:
    """Silence makes the charge point say it again; it is then saved, once."""
    box = await edge_was_away(here)
    start, _, end = moments(here)
    transaction = (await box.starts(TAG, start))["transactionId"]
    world = here.world

    def throttled(_operations: object) -> None:
        raise StorageThrottled("trouble")

    world.faults.before_write = throttled
    first = asyncio.create_task(box.stops(transaction, end, 4000))
    await asyncio.sleep(0.5)
    assert not first.done()
    world.faults.before_write = None
    await box.stops(transaction, end, 4000)
    first.cancel()
    await require_ended(here, 3000)
