"""Rows come back as they were written; updates change single attributes."""

import pytest

from app.charging.ports import Delete, Exists, Update, Value
from tests.contracts.table_world import WithWorld, World

VALUES: dict[str, Value] = {
    "text": "Straße ⚡ 充電",
    "beyond the first plane": "🔌" * 3,
    "empty text": "",
    "zero": 0,
    "negative": -7,
    "beyond 2^53": 2**53 + 1,
    "38 digits": 10**37 + 1,
    "bytes": bytes(range(256)),
    "empty bytes": b"",
    "true": True,
    "false": False,
    "none": None,
    "list": [1, "1", True, None, b"1", [], {}],
    "map": {"a.b": 1, " ": 2, "c": {"d": [2**60]}},
}


class Rows(WithWorld):
    @pytest.mark.parametrize("name", VALUES)
    async def test_a_value_comes_back_with_its_type(self, world: World, name: str) -> None:
        value = VALUES[name]
        await world.writes(world.put(value=value))
        found = await world.reads()
        assert found == world.row(value=value)
        assert type(found["value"]) is type(value)

    async def test_an_absent_row_is_none(self, world: World) -> None:
        assert await world.reads() is None

    async def test_put_replaces_the_whole_row(self, world: World) -> None:
        await world.has(world.put(a=1, b=2))
        await world.writes(world.put(b=3))
        assert await world.reads() == world.row(b=3)

    async def test_what_was_written_is_read_at_once(self, world: World) -> None:
        for number in range(20):
            await world.writes(world.put(number=number))
            assert await world.reads() == world.row(number=number)

    async def test_changing_what_was_given_or_got_changes_no_row(self, world: World) -> None:
        given: list[Value] = [1]
        await world.writes(world.put(inner=given))
        given.append(2)
        found = await world.reads()
        assert found == world.row(inner=[1])
        found["inner"] = 3
        assert await world.reads() == world.row(inner=[1])

    async def test_an_inconsistent_read_is_possible(self, world: World) -> None:
        await world.has(world.put(a=1))
        assert await world.table.get(world.key(), consistent=False) in (None, world.row(a=1))

    async def test_update_sets_removes_and_adds_at_once(self, world: World) -> None:
        await world.has(world.put(a=1, b=2, c=3))
        await world.writes(Update(world.key(), set={"a": "x"}, remove=("b", "none"), add={"c": 4}))
        assert await world.reads() == world.row(a="x", c=7)

    async def test_update_makes_an_absent_row(self, world: World) -> None:
        await world.writes(Update(world.key(), set={"a": 1}, add={"n": -2}))
        assert await world.reads() == world.row(a=1, n=-2)

    async def test_attribute_names_may_be_reserved_words_or_hold_dots(self, world: World) -> None:
        await world.has(world.put(status="on"))
        await world.writes(Update(world.key(), set={"a.b": 1, "status": "off"}, add={"size": 1}))
        assert await world.reads() == {**world.row(status="off", size=1), "a.b": 1}

    async def test_adding_is_exact_far_beyond_what_a_float_holds(self, world: World) -> None:
        await world.has(world.put(n=2**80))
        await world.writes(Update(world.key(), add={"n": 1}))
        await world.writes(Update(world.key(), add={"n": -(2**70)}))
        assert await world.reads() == world.row(n=2**80 + 1 - 2**70)

    async def test_adding_to_a_text_is_a_defect(self, world: World) -> None:
        await world.has(world.put(n="1"))
        with pytest.raises(ValueError, match=r"(?i)integer|type|operand|ValidationError"):
            await world.writes(Update(world.key(), add={"n": 1}))
        assert await world.reads() == world.row(n="1")

    async def test_an_update_that_only_removes(self, world: World) -> None:
        await world.has(world.put(a=1, b=2))
        await world.writes(Update(world.key(), remove=("a",), condition=Exists()))
        assert await world.reads() == world.row(b=2)

    async def test_delete_removes_and_is_no_error_twice(self, world: World) -> None:
        await world.has(world.put())
        await world.writes(Delete(world.key()))
        await world.writes(Delete(world.key()))
        assert await world.reads() is None

    async def test_an_attribute_without_a_name_is_refused(self, world: World) -> None:
        with pytest.raises(ValueError, match="name"):
            await world.writes(world.put(inner={"": 1}))
        with pytest.raises(ValueError, match="name"):
            await world.writes(Update(world.key(), set={"": 1}))
        assert await world.reads() is None

    async def test_a_float_is_refused(self, world: World) -> None:
        with pytest.raises(TypeError):
            await world.writes(world.put(n=1.5))  # type: ignore[arg-type]  # that is the point
        assert await world.reads() is None

    async def test_a_row_of_a_hundred_kilobytes(self, world: World) -> None:
        await world.writes(world.put(big="x" * 100_000))
        assert await world.reads() == world.row(big="x" * 100_000)

    async def test_a_row_beyond_four_hundred_kilobytes_is_refused(self, world: World) -> None:
        with pytest.raises(ValueError, match=r"400 ?KB|[Ii]tem size"):
            await world.writes(world.put(big="x" * 420_000))
        assert await world.reads() is None
