"""Random histories end alike in memory and on a real engine: rows, index, exceptions, pages."""

import asyncio
import uuid
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.charging.errors import ConditionFailed
from app.charging.ports import (
    Absent,
    AbsentOr,
    AtMost,
    Check,
    Delete,
    Equals,
    Exists,
    Item,
    Key,
    Operation,
    Put,
    Tables,
    Update,
)
from app.storage.dynamo import DynamoTables
from app.storage.memory import MemoryTables
from app.storage.values import encode_item
from tests.storage import engines

TENANT = uuid.uuid4().hex
"""Every example has a partition of its own under it; names are put in when it is run."""

small = st.integers(0, 2)
numbers = small | st.sampled_from([-1, 2**53 + 1, -(10**30)])
scalars = st.none() | st.booleans() | numbers | st.sampled_from(["", "1", "é"]) | st.just(b"\xff")
values = scalars | st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xy"), inner, max_size=2)
    ),
    max_leaves=4,
)
attributes: st.SearchStrategy[Item] = st.fixed_dictionaries({}, optional={"a": values, "n": small})
due: st.SearchStrategy[Item] = st.fixed_dictionaries(
    {}, optional={"due_shard": st.just("0"), "due_at": small}
)
conditions = (
    st.just(Absent())
    | st.just(Exists())
    | st.builds(Equals, attributes)
    | st.builds(AbsentOr, attributes)
    | st.builds(AtMost, st.sampled_from(["n", "n", "a"]), numbers)
    | st.builds(AtMost, st.just("n"), small, attributes)
)
keys = st.builds(Key, st.just("p"), st.sampled_from(["r1", "r2"]))
maybe = st.none() | conditions


@st.composite
def puts(draw: st.DrawFn) -> Put:
    key = draw(keys)
    item: Item = {**draw(attributes), **draw(due), "pk": key.pk, "sk": key.sk}
    return Put(item, draw(maybe))


@st.composite
def updates(draw: st.DrawFn) -> Update:
    """Of distinct attributes; sometimes one that a table refuses."""
    chosen = draw(st.lists(st.sampled_from(["n", "a", "due_at"]), unique=True, max_size=3))
    deeds = [draw(st.sampled_from(["set", "remove", "add"])) for _ in chosen]
    to_set: Item = {}
    for name, deed in zip(chosen, deeds, strict=True):
        if deed == "set":
            to_set[name] = draw(values if name == "a" else small)
    return Update(
        draw(keys),
        set=to_set,
        remove=tuple(n for n, deed in zip(chosen, deeds, strict=True) if deed == "remove"),
        add={n: draw(st.integers(-2, 2)) for n, d in zip(chosen, deeds, strict=True) if d == "add"},
        condition=draw(maybe),
    )


operations = (
    puts() | updates() | st.builds(Delete, keys, maybe) | st.builds(Check, keys, conditions)
)
batches = st.lists(operations, min_size=1, max_size=2, unique_by=lambda each: each.key)
histories = st.lists(batches, min_size=3, max_size=10)


class History:
    """One engine's own copy of a history, in a partition and shard nobody else uses."""

    def __init__(self, tables: Tables, mark: str) -> None:
        self.table = tables.tenant(TENANT)
        self.due = tables.due()
        self.pk = f"T#{TENANT}#{mark}"
        self.shard = f"DUE#{mark}"

    async def write(self, batch: Sequence[Operation]) -> object:
        """What came of it, in a form that can be compared."""
        try:
            await self.table.write([self._placed(each) for each in batch])
        except ConditionFailed as error:
            return error.failed
        except ValueError:
            return ValueError
        return None

    async def state(self) -> object:
        rows = (await self.table.query(self.pk)).items
        last = await self.table.query(self.pk, limit=1, newest_first=True)
        due = (await self.due.query_due(self.shard, until_ms=1)).items
        return (
            [encode_item(row) for row in rows],  # so that True is told from 1
            [row["sk"] for row in last.items],
            last.next_start,
            [row["due_at"] for row in due],
            sorted(str(row["sk"]) for row in due),
        )

    def _placed(self, operation: Operation) -> Operation:
        key = Key(self.pk, operation.key.sk)
        match operation:
            case Put(item, condition):
                placed: Item = {**item, "pk": self.pk}
                if "due_shard" in placed:
                    placed["due_shard"] = self.shard
                return Put(placed, condition)
            case Update(_, to_set, remove, add, condition):
                return Update(key, to_set, remove, add, condition)
            case Delete(_, condition):
                return Delete(key, condition)
            case Check(_, wanted):
                return Check(key, wanted)


def agree(one: object, other: object) -> bool:
    """Engines differ in what they tell of a batch with both a defect and a failed condition."""
    return one == other or (ValueError in (one, other) and None not in (one, other))


@pytest.fixture(scope="module", params=["ministack", "dynamodb_local"])
def real(request: pytest.FixtureRequest) -> Iterator[DynamoTables]:
    with engines.dynamo(request.getfixturevalue(f"{request.param}_endpoint")) as tables:
        yield tables


@given(history=histories)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_memory_and_the_real_engine_agree(
    real: DynamoTables, history: list[list[Operation]]
) -> None:
    async def compare() -> None:
        mark = uuid.uuid4().hex
        ours, theirs = History(MemoryTables(), mark), History(real, mark)
        for batch in history:
            assert agree(await ours.write(batch), await theirs.write(batch))
            assert await ours.state() == await theirs.state()

    asyncio.run(compare())
