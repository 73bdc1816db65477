"""Faults of the table in memory stand where a real table's stand."""

import asyncio
from collections.abc import Sequence

import pytest

from app.charging.errors import ConditionFailed, StorageConflict, StorageThrottled, StorageUncertain
from app.charging.ports import Absent, Key, Operation, Put, Table
from app.storage.memory import Faults, MemoryTables

KEY = Key("T#t#S", "1")
CLAIM = [Put({"pk": KEY.pk, "sk": KEY.sk}, Absent())]


@pytest.fixture
def tables() -> MemoryTables:
    return MemoryTables()


@pytest.fixture
def table(tables: MemoryTables) -> Table:
    return tables.tenant("t")


async def test_a_fault_before_the_write_leaves_the_table(
    tables: MemoryTables, table: Table
) -> None:
    def conflict(_: Sequence[Operation]) -> None:
        raise StorageConflict("injected")

    tables.faults.before_write = conflict
    with pytest.raises(StorageConflict):
        await table.write(CLAIM)
    assert tables.rows() == []
    tables.faults = Faults()
    await table.write(CLAIM)
    assert tables.rows() == [{"pk": KEY.pk, "sk": KEY.sk}]


async def test_a_fault_after_the_write_loses_the_answer_only(
    tables: MemoryTables, table: Table
) -> None:
    def lost(operations: Sequence[Operation]) -> None:
        assert list(operations) == CLAIM
        raise StorageUncertain("injected")

    tables.faults = Faults(after_write=lost)
    with pytest.raises(StorageUncertain):
        await table.write(CLAIM)
    assert len(tables.rows()) == 1
    with pytest.raises(ConditionFailed):  # our own earlier commit
        await table.write(CLAIM)


async def test_reads_can_fail_too(tables: MemoryTables, table: Table) -> None:
    def throttled() -> None:
        raise StorageThrottled("injected")

    tables.faults.before_read = throttled
    for reading in (table.get(KEY), table.query(KEY.pk), tables.due().query_due("0", until_ms=1)):
        with pytest.raises(StorageThrottled):
            await reading


async def test_a_fault_may_wait_while_others_write(tables: MemoryTables, table: Table) -> None:
    gate = asyncio.Event()

    async def first_waits(_: Sequence[Operation]) -> None:
        tables.faults = Faults()
        await gate.wait()

    tables.faults.before_write = first_waits
    slow = asyncio.create_task(table.write(CLAIM))
    await asyncio.sleep(0)
    await table.write(CLAIM)
    gate.set()
    with pytest.raises(ConditionFailed):
        await slow


async def test_rows_tell_everything_in_order(tables: MemoryTables, table: Table) -> None:
    await table.write([Put({"pk": "T#t#b", "sk": "1"}), Put({"pk": "T#t#a", "sk": "2", "n": [1]})])
    rows = tables.rows()
    assert rows == [{"pk": "T#t#a", "sk": "2", "n": [1]}, {"pk": "T#t#b", "sk": "1"}]
    rows[0]["n"] = 2
    assert tables.rows()[0]["n"] == [1]
