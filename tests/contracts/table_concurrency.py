"""Many writers at once: one wins, nothing is lost or counted twice."""

import asyncio
from collections.abc import Awaitable

from app.charging.errors import ConditionFailed, StorageConflict
from app.charging.ports import Absent, AtMost, Equals, Operation, Update
from tests.contracts.table_world import WithWorld, World

MANY = 50


async def outcome(writing: Awaitable[None]) -> str:
    try:
        await writing
    except ConditionFailed:
        return "condition"
    except StorageConflict:
        return "conflict"
    return "done"


async def until_no_conflict(world: World, *operations: Operation) -> None:
    while await outcome(world.writes(*operations)) == "conflict":
        await asyncio.sleep(0.01)


class Concurrency(WithWorld):
    async def test_of_many_writers_of_an_absent_row_one_wins(self, world: World) -> None:
        outcomes = await asyncio.gather(
            *(outcome(world.writes(world.put("row", Absent(), by=by))) for by in range(MANY))
        )
        assert outcomes.count("done") == 1
        found = await world.reads()
        assert found is not None
        assert found["by"] == outcomes.index("done")

    async def test_of_many_writers_from_one_version_one_wins(self, world: World) -> None:
        await world.has(world.put(version=1))
        step = Update(world.key(), add={"version": 1}, condition=Equals({"version": 1}))
        outcomes = await asyncio.gather(*(outcome(world.writes(step)) for _ in range(MANY)))
        assert outcomes.count("done") == 1
        assert await world.reads() == world.row(version=2)

    async def test_of_many_transactions_on_one_row_one_wins(self, world: World) -> None:
        outcomes = await asyncio.gather(
            *(
                outcome(world.writes(world.put("claim", Absent()), world.put(f"s{by}")))
                for by in range(20)
            )
        )
        assert outcomes.count("done") <= 1
        winners = [f"s{by}" for by, each in enumerate(outcomes) if each == "done"]
        if not winners:  # all stood in each other's way; that is allowed, to be half done is not
            assert await world.all_sks() == []
            return
        assert await world.all_sks() == ["claim", *winners]

    async def test_a_counter_counts_every_writer(self, world: World) -> None:
        plus = Update(world.key(), add={"n": 3})
        await asyncio.gather(*(until_no_conflict(world, plus) for _ in range(MANY)))
        assert await world.reads() == world.row(n=3 * MANY)

    async def test_counters_of_one_transaction_agree(self, world: World) -> None:
        both = [
            Update(world.key("paid"), add={"msat": 1_000}),
            Update(world.key("owed"), add={"msat": -1_000}),
        ]
        await asyncio.gather(*(until_no_conflict(world, *both) for _ in range(15)))
        assert await world.reads("paid") == world.row("paid", msat=15_000)
        assert await world.reads("owed") == world.row("owed", msat=-15_000)

    async def test_a_bounded_counter_is_not_overrun(self, world: World) -> None:
        await world.has(world.put(n=0))
        take = Update(world.key(), add={"n": 1}, condition=AtMost("n", 6))
        await asyncio.gather(*(until_no_conflict(world, take) for _ in range(MANY)))
        assert await world.reads() == world.row(n=7)
