"""Every condition, on every kind of operation, holding and not holding."""

import pytest

from app.charging.ports import (
    Absent,
    AbsentOr,
    AtMost,
    Check,
    Condition,
    Delete,
    Equals,
    Exists,
    Item,
    Operation,
    Update,
    Value,
)
from tests.contracts.table_world import WithWorld, World

ROW: dict[str, Value] = {
    "n": 5,
    "s": "x",
    "yes": True,
    "none": None,
    "blob": b"\x00\x01",
    "list": [1, "a"],
    "map": {"a": 1, "b": {"c": [None]}},
    "empty": "",
}

HOLD_ON_THE_ROW: list[Condition] = [
    Exists(),
    Equals({}),
    Equals({"n": 5}),
    Equals({"n": 5, "s": "x"}),
    Equals({"yes": True}),
    Equals({"none": None}),
    Equals({"blob": b"\x00\x01"}),
    Equals({"list": [1, "a"]}),
    Equals({"map": {"b": {"c": [None]}, "a": 1}}),
    Equals({"empty": ""}),
    AbsentOr({"n": 5}),
    AbsentOr({}),
    AtMost("n", 5),
    AtMost("n", 6, {"s": "x"}),
    AtMost("missing", 0),
    AtMost("missing", -3, {"n": 5}),
]

FAIL_ON_THE_ROW: list[Condition] = [
    Absent(),
    Equals({"n": 6}),
    Equals({"n": "5"}),
    Equals({"s": "X"}),
    Equals({"n": 5, "s": "y"}),
    Equals({"missing": 1}),
    Equals({"missing": None}),
    Equals({"yes": 1}),
    Equals({"yes": False}),
    Equals({"none": ""}),
    Equals({"blob": b"\x00"}),
    Equals({"list": ["a", 1]}),
    Equals({"map": {"a": 1}}),
    AbsentOr({"n": 4}),
    AbsentOr({"missing": 1}),
    AtMost("n", 4),
    AtMost("n", 5, {"s": "y"}),
    AtMost("s", 10),
    AtMost("missing", 5, {"n": 4}),
]

HOLD_ON_NOTHING: list[Condition] = [Absent(), AbsentOr({"n": 5}), AbsentOr({})]

FAIL_ON_NOTHING: list[Condition] = [
    Exists(),
    Equals({"n": 5}),
    Equals({}),
    AtMost("n", 5),
    AtMost("missing", 5),
]

KINDS = ("put", "update", "delete", "check")


def act(world: World, kind: str, condition: Condition) -> Operation:
    match kind:
        case "put":
            return world.put("row", condition, new=1)
        case "update":
            return Update(world.key(), set={"s": "new"}, add={"n": 1}, condition=condition)
        case "delete":
            return Delete(world.key(), condition)
        case _:
            return Check(world.key(), condition)


def done(world: World, kind: str, before: Item | None) -> Item | None:
    match kind:
        case "put":
            return world.row(new=1)
        case "update" if before is None:
            return world.row(s="new", n=1)
        case "update":
            return {**before, "s": "new", "n": 6} if before else None
        case "delete":
            return None
        case _:
            return before


class Conditions(WithWorld):
    @pytest.mark.parametrize("condition", HOLD_ON_THE_ROW, ids=repr)
    async def test_holds_on_a_row(self, world: World, condition: Condition) -> None:
        for kind in KINDS:
            await world.has(world.put(**ROW))
            await world.writes(act(world, kind, condition))
            assert await world.reads() == done(world, kind, world.row(**ROW))

    @pytest.mark.parametrize("condition", FAIL_ON_THE_ROW, ids=repr)
    async def test_fails_on_a_row(self, world: World, condition: Condition) -> None:
        await world.has(world.put(**ROW))
        for kind in KINDS:
            assert await world.refused_at(act(world, kind, condition)) == (0,)
            assert await world.reads() == world.row(**ROW)

    @pytest.mark.parametrize("condition", HOLD_ON_NOTHING, ids=repr)
    async def test_holds_on_an_absent_row(self, world: World, condition: Condition) -> None:
        for kind in KINDS:
            await world.has(Delete(world.key()))
            await world.writes(act(world, kind, condition))
            assert await world.reads() == done(world, kind, None)

    @pytest.mark.parametrize("condition", FAIL_ON_NOTHING, ids=repr)
    async def test_fails_on_an_absent_row(self, world: World, condition: Condition) -> None:
        for kind in KINDS:
            assert await world.refused_at(act(world, kind, condition)) == (0,)
            assert await world.reads() is None

    async def test_numbers_are_compared_exactly(self, world: World) -> None:
        await world.has(world.put(n=2**60 + 1))
        assert await world.refused_at(world.set("row", Equals({"n": 2**60}), n=0)) == (0,)
        assert await world.refused_at(world.set("row", AtMost("n", 2**60), n=0)) == (0,)
        await world.writes(world.set("row", AtMost("n", 2**60 + 1), n=0))
