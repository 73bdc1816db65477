"""The readings that are kept of a session are those it counts: they make its price again."""

from collections.abc import Sequence
from dataclasses import replace

from app.charging import events as ev
from app.charging.ports import Operation
from app.charging.pricing.replay import replayed
from tests.charging.sessions import seconds
from tests.charging.test_standing import parking_quote
from tests.flow.system import SESSION, TENANT, World, opening

FULL = 15
"""So many readings, and the next one closes the chunk."""


async def charging(world: World) -> None:
    paid = ev.PaymentSettled(seconds(0), "aa" * 32, 50_000_000)
    begun = replace(opening(), quote=parking_quote())
    await world.flow.record(TENANT, SESSION, [paid], opening=begun)
    await world.flow.record(TENANT, SESSION, [ev.ChargingStarted(seconds(5), 7, 1000)])
    for number in range(1, FULL):
        await world.flow.record(TENANT, SESSION, [reading(number)])


def reading(number: int, more_wh: int = 0) -> ev.MeterRead:
    return ev.MeterRead(seconds(60 * number), 7, 1000 + 10 * number + more_wh)


async def require_same_price(world: World) -> None:
    session = await world.stored()
    kept = await world.flow.sessions.readings(TENANT, session)
    assert replayed(session.quote.tariff, kept) == session.tally
    assert session.tally is not None


async def meanwhile(world: World, *events: ev.Event) -> None:
    """Somebody else records these when the next chunk has been written, before its session is."""
    done: list[bool] = []

    async def other(operations: Sequence[Operation]) -> None:
        if str(operations[0].key.sk).startswith("R#") and not done:
            done.append(True)
            await world.flow.record(TENANT, SESSION, events)

    world.faults.after_write = other


async def test_a_chunk_whose_decision_was_lost_is_none_of_the_sessions() -> None:
    """By then its last reading is older than what another process has counted."""
    world = World()
    await charging(world)
    await meanwhile(world, reading(FULL + 1, more_wh=500))
    await world.flow.record(TENANT, SESSION, [reading(FULL, more_wh=400)])
    kept = await world.flow.sessions.readings(TENANT, await world.stored())
    assert [each.at for each in kept[-2:]] == [seconds(60 * (FULL - 1)), seconds(60 * (FULL + 1))]
    await require_same_price(world)


async def test_two_chunks_that_end_in_the_same_moment_are_two() -> None:
    """A car that left in the moment of its last reading has one of its own."""
    world = World()
    await charging(world)
    at = 60 * (FULL - 1)
    stopped = ev.ChargingStopped(seconds(at), 7, reading(FULL - 1).meter_wh or 0, "Remote")
    await world.flow.record(TENANT, SESSION, [stopped, ev.ConnectorFreed(seconds(at))])
    kept = await world.flow.sessions.readings(TENANT, await world.stored())
    assert [each.at for each in kept[:3]] == [seconds(5), seconds(60), seconds(120)]
    await require_same_price(world)


async def test_a_chunk_that_is_written_late_replaces_no_other() -> None:
    """Its decision was lost long ago, and it ends in the same moment as one that counts."""
    world = World()
    await charging(world)
    stopped = ev.ChargingStopped(seconds(60 * FULL), 7, 5000, "EVDisconnected")
    held: list[Operation] = []

    async def hold(operations: Sequence[Operation]) -> None:
        if str(operations[0].key.sk).startswith("R#") and not held:
            held.extend(operations)
            await world.flow.record(TENANT, SESSION, [stopped])

    world.faults.before_write = hold
    await world.flow.record(TENANT, SESSION, [reading(FULL)])
    assert held
    await require_same_price(world)
