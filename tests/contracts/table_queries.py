"""Pages of a partition, and the index of what is due."""

import pytest

from app.charging.ports import Delete, Exists, Key, Update
from tests.contracts.table_world import WithWorld, World


class Queries(WithWorld):
    async def test_rows_come_in_order_of_their_sort_key(self, world: World) -> None:
        sks = ["b", "a", "Z", "a#2", "a#10", "é", "z", "ﬀ", "🔌", "0"]
        await world.has(*(world.put(sk) for sk in sks))
        assert await world.all_sks() == sorted(sks, key=str.encode)

    async def test_newest_first_is_the_reverse(self, world: World) -> None:
        await world.has(*(world.put(sk) for sk in "bca"))
        page = await world.table.query(world.pk, newest_first=True)
        assert [item["sk"] for item in page.items] == ["c", "b", "a"]

    async def test_a_prefix_narrows(self, world: World) -> None:
        await world.has(*(world.put(sk) for sk in ["E#1", "E#2", "E", "L#1", "F"]))
        page = await world.table.query(world.pk, sk_prefix="E#")
        assert [item["sk"] for item in page.items] == ["E#1", "E#2"]

    async def test_whole_rows_are_returned(self, world: World) -> None:
        await world.has(world.put("a", n=2**60, inner={"x": [b"1"]}))
        page = await world.table.query(world.pk)
        assert page.items == [world.row("a", n=2**60, inner={"x": [b"1"]})]
        assert page.next_start is None

    async def test_an_empty_partition_is_an_empty_page(self, world: World) -> None:
        page = await world.table.query(world.pk)
        assert list(page.items) == []
        assert page.next_start is None

    @pytest.mark.parametrize("newest_first", [False, True])
    @pytest.mark.parametrize("limit", [1, 2, 3, 6, 7])
    async def test_paging_visits_each_row_once(
        self, world: World, limit: int, newest_first: bool
    ) -> None:
        sks = [f"E#{number}" for number in range(6)]
        await world.has(*(world.put(sk) for sk in [*sks, "A", "Z"]))
        seen: list[object] = []
        pages = 0
        start: Key | None = None
        while pages == 0 or start is not None:
            page = await world.table.query(
                world.pk, sk_prefix="E#", start=start, limit=limit, newest_first=newest_first
            )
            assert len(page.items) <= limit
            seen += [item["sk"] for item in page.items]
            start = page.next_start
            pages += 1
        assert seen == (sks[::-1] if newest_first else sks)
        assert pages == -(-6 // limit)  # a full last page knows that it is the last

    async def test_a_page_may_start_where_no_row_is(self, world: World) -> None:
        await world.has(*(world.put(sk) for sk in "ace"))
        page = await world.table.query(world.pk, start=world.key("b"))
        assert [item["sk"] for item in page.items] == ["c", "e"]

    async def test_a_page_that_starts_elsewhere_is_refused(self, world: World) -> None:
        with pytest.raises(ValueError, match="outside"):
            await world.table.query(world.pk, start=Key(world.pk + "x", "a"))
        with pytest.raises(ValueError, match="outside"):
            await world.table.query(world.pk, sk_prefix="E#", start=world.key("F"))
        with pytest.raises(ValueError, match="at least one"):
            await world.table.query(world.pk, limit=0)

    async def test_a_partition_holds_its_own_rows_only(self, world: World) -> None:
        longer = f"{world.pk}0"
        await world.has(world.put("a"), Update(Key(longer, "b"), set={"x": 1}))
        assert await world.all_sks() == ["a"]

    async def test_due_rows_come_oldest_first_up_to_a_moment(self, world: World) -> None:
        await world.has(
            world.put("late", due_shard=world.shard, due_at=300),
            world.put("early", due_shard=world.shard, due_at=100),
            world.put("middle", due_shard=world.shard, due_at=200),
        )
        assert await world.due_sks() == ["early", "middle", "late"]
        assert await world.due_sks(until_ms=200) == ["early", "middle"]
        assert await world.due_sks(until_ms=99) == []
        page = await world.tables.due().query_due(world.shard, until_ms=300, limit=1)
        assert [item["sk"] for item in page.items] == ["early"]

    async def test_the_due_index_holds_keys_only(self, world: World) -> None:
        at = 1_800_000_000_123
        await world.has(world.put(due_shard=world.shard, due_at=at, n=1))
        page = await world.tables.due().query_due(world.shard, until_ms=at)
        assert page.items == [world.row(due_shard=world.shard, due_at=at)]

    async def test_only_rows_with_both_attributes_are_due(self, world: World) -> None:
        await world.has(
            world.put("shard only", due_shard=world.shard), world.put("time only", due_at=1)
        )
        assert await world.due_sks() == []
        await world.writes(world.set("shard only", due_at=1))
        assert await world.due_sks() == ["shard only"]

    @pytest.mark.parametrize("gone", ["due_at", "due_shard"])
    async def test_a_row_leaves_the_index_with_its_attributes(
        self, world: World, gone: str
    ) -> None:
        await world.has(world.put(due_shard=world.shard, due_at=1, n=1))
        await world.writes(Update(world.key(), remove=(gone,), condition=Exists()))
        assert await world.due_sks() == []

    async def test_a_row_moves_in_the_index(self, world: World) -> None:
        await world.has(
            world.put("a", due_shard=world.shard, due_at=1),
            world.put("b", due_shard=world.shard, due_at=2),
        )
        await world.writes(Update(world.key("a"), add={"due_at": 2}))
        assert await world.due_sks() == ["b", "a"]
        await world.writes(world.set("b", due_shard=world.shard + "x"))
        assert await world.due_sks() == ["a"]

    async def test_a_deleted_or_replaced_row_is_not_due(self, world: World) -> None:
        await world.has(
            world.put("a", due_shard=world.shard, due_at=1),
            world.put("b", due_shard=world.shard, due_at=1),
        )
        await world.writes(Delete(world.key("a")), world.put("b"))
        assert await world.due_sks() == []

    async def test_a_batch_moves_all_or_none_in_the_index(self, world: World) -> None:
        await world.has(world.put("a", due_shard=world.shard, due_at=1))
        await world.refused_at(world.put("a"), Delete(world.key("none"), Exists()))
        assert await world.due_sks() == ["a"]
