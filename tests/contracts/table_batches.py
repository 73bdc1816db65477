"""A batch is done whole or not at all, and says which of its conditions failed."""

import pytest

from app.charging.ports import Absent, Check, Delete, Equals, Exists, Operation, Put, Update
from app.storage.rules import MOST_OPERATIONS
from tests.contracts.table_world import WithWorld, World


class Batches(WithWorld):
    async def test_nothing_to_do_is_done(self, world: World) -> None:
        await world.writes()

    async def test_all_kinds_together(self, world: World) -> None:
        await world.has(world.put("b", n=1), world.put("c"), world.put("d", ok=True))
        await world.writes(
            world.put("a", Absent()),
            Update(world.key("b"), add={"n": 1}, condition=Equals({"n": 1})),
            Delete(world.key("c"), Exists()),
            Check(world.key("d"), Equals({"ok": True})),
        )
        assert await world.all_sks() == ["a", "b", "d"]
        assert await world.reads("b") == world.row("b", n=2)

    async def test_one_failed_condition_undoes_all(self, world: World) -> None:
        await world.has(world.put("b", n=1), world.put("c"))
        failed = await world.refused_at(
            world.put("a"),
            Update(world.key("b"), add={"n": 1}),
            Delete(world.key("c")),
            Check(world.key("d"), Exists()),
        )
        assert failed == (3,)
        assert await world.all_sks() == ["b", "c"]
        assert await world.reads("b") == world.row("b", n=1)

    async def test_every_failed_position_is_told(self, world: World) -> None:
        await world.has(world.put("b"), world.put("d"))
        failed = await world.refused_at(
            world.put("a", Absent()),
            world.put("b", Absent()),
            world.put("c"),
            Update(world.key("d"), set={"x": 1}, condition=Equals({"x": 2})),
            Delete(world.key("e"), Exists()),
        )
        assert failed == (1, 3, 4)

    async def test_positions_follow_the_order_given_whatever_the_kinds(self, world: World) -> None:
        operations: list[Operation] = [
            Update(world.key("a"), set={"x": 1}, condition=Exists()),
            Check(world.key("b"), Absent()),
            world.put("c", Absent()),
            Delete(world.key("d"), Exists()),
        ]
        assert await world.refused_at(*operations) == (0, 3)
        assert await world.refused_at(*reversed(operations)) == (0, 3)
        assert await world.refused_at(*operations[1:], operations[0]) == (2, 3)

    async def test_a_single_operation_fails_at_its_position(self, world: World) -> None:
        assert await world.refused_at(Delete(world.key(), Exists())) == (0,)

    async def test_conditions_see_the_table_before_the_batch(self, world: World) -> None:
        failed = await world.refused_at(world.put("a"), Check(world.key("b"), Exists()))
        assert failed == (1,)
        await world.writes(world.put("a"), Check(world.key("b"), Absent()))

    async def test_a_batch_over_several_partitions(self, world: World) -> None:
        other = f"T#{world.tenant}#CP#1"
        await world.writes(world.put(), Put({"pk": other, "sk": "row", "of": world.pk}))
        page = await world.table.query(other)
        assert page.items == [{"pk": other, "sk": "row", "of": world.pk}]

    async def test_a_defect_in_one_operation_undoes_all(self, world: World) -> None:
        await world.has(world.put("b", n="text"))
        with pytest.raises(ValueError, match=r"(?i)integer|type|operand|ValidationError"):
            await world.writes(world.put("a"), Update(world.key("b"), add={"n": 1}))
        assert await world.all_sks() == ["b"]

    async def test_a_hundred_operations_are_possible(self, world: World) -> None:
        batch = [world.put(f"{number:03}") for number in range(MOST_OPERATIONS)]
        await world.writes(*batch)
        assert len(await world.all_sks()) == MOST_OPERATIONS

    async def test_more_than_a_hundred_are_refused(self, world: World) -> None:
        batch = [world.put(f"{number:03}") for number in range(MOST_OPERATIONS + 1)]
        with pytest.raises(ValueError, match="101 operations"):
            await world.writes(*batch)
        assert await world.all_sks() == []

    async def test_two_operations_on_one_row_are_refused(self, world: World) -> None:
        with pytest.raises(ValueError, match="same row"):
            await world.writes(world.put(), Check(world.key(), Absent()))
        assert await world.reads() is None

    @pytest.mark.parametrize(
        ("update", "why"),
        [
            ({}, "changes something"),
            ({"set": {"a": 1}, "remove": ("a",)}, "twice"),
            ({"set": {"a": 1}, "add": {"a": 1}}, "twice"),
            ({"set": {"pk": "x"}}, "the key"),
            ({"remove": ("sk",)}, "the key"),
            ({"remove": ("a",)}, "row exists"),
            ({"add": {"a": True}}, "integers"),
            ({"set": {"due_shard": ""}}, "due_shard"),
            ({"set": {"due_at": "1"}}, "due_at"),
        ],
    )
    async def test_a_malformed_update_is_refused(
        self, world: World, update: dict, why: str
    ) -> None:
        with pytest.raises(ValueError, match=why):
            await world.writes(Update(world.key(), **update))

    async def test_a_row_without_a_key_is_refused(self, world: World) -> None:
        with pytest.raises(ValueError, match="sk"):
            await world.writes(world.put(""))
        with pytest.raises(ValueError, match="sk"):
            await world.writes(Put({"pk": world.pk, "sk": 1}))
