"""Migrations: once, in order, resumed after a crash, refused where rows are a newer Strom's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from app.charging.errors import Conflict
from app.charging.ports import Item, Key, Operation, Put, Update
from app.migrations import Migrator, require_served_by_us
from app.migrations.history import MIGRATIONS
from app.records.schema_version import KEY, SCHEMA_VERSION, SchemaRow
from app.storage.memory import MemoryTables
from tests.backups.engines import ENGINES, tables_of
from tests.backups.test_whole_table import everything


@dataclass
class TestClock:
    """Time passes by sleeping."""

    __test__ = False
    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Renamed:
    """Charge points' ``name`` becomes ``label``."""

    version: int = 2
    name: str = "charge points have labels"

    def changed(self, item: Item) -> Item:
        if not str(item["sk"]).startswith("CP#") or "name" not in item:
            return item
        return {**{key: value for key, value in item.items() if key != "name"},
                "label": item["name"]}  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """Labels have a length, which no row had before."""

    version: int = 3
    name: str = "labels are measured"

    def changed(self, item: Item) -> Item:
        if "label" not in item:
            return item
        return {**item, "length": len(str(item["label"]))}


BOTH = (Renamed(), Counted())


def charge_point(n: int) -> Item:
    return {"pk": f"T#abc#{n:03}", "sk": f"CP#{n}", "name": f"Garage {n}", "kept": n}


async def filled(tables: MemoryTables, count: int = 12) -> MemoryTables:
    for n in range(count):
        await tables.whole().write([Put(charge_point(n))])
    await tables.whole().write([Put({"pk": "T#abc#", "sk": "TENANT", "name": "Ada"})])
    return tables


def migrator(tables: MemoryTables, *, version: int = 3, clock: TestClock | None = None) -> Migrator:
    return Migrator(tables.whole(), clock or TestClock(), BOTH, version)


async def version_of(tables: MemoryTables) -> int:
    row = await tables.whole().get(KEY)
    assert row is not None
    return SchemaRow.read(row).version


def assert_migrated(tables: MemoryTables, count: int = 12) -> None:
    rows = {row["sk"]: row for row in tables.rows()}
    for n in range(count):
        label = f"Garage {n}"
        wanted = {"label": label, "length": len(label), "kept": n}
        assert {k: v for k, v in rows[f"CP#{n}"].items() if k not in ("pk", "sk")} == wanted
    assert rows["TENANT"]["name"] == "Ada"


@pytest.mark.parametrize("engine", ENGINES)
async def test_rows_are_brought_up_step_by_step(engine: str) -> None:
    async with tables_of(engine) as tables:
        whole = tables.whole()
        for n in range(3):
            await whole.write([Put(charge_point(n))])
        done = await Migrator(whole, TestClock(), BOTH, 3).migrate()
        assert done == ["charge points have labels", "labels are measured"]
        assert await Migrator(whole, TestClock(), BOTH, 3).migrate() == []
        rows = await everything(whole)
    assert rows.pop((KEY.pk, KEY.sk)) == SchemaRow(3).item()
    assert rows["T#abc#001", "CP#1"] == {
        "pk": "T#abc#001", "sk": "CP#1", "label": "Garage 1", "length": 8, "kept": 1,
    }  # fmt: skip


async def test_a_new_table_is_of_todays_version_without_running_anything() -> None:
    tables = MemoryTables()
    assert await migrator(tables).migrate() == []
    assert await version_of(tables) == 3


class Killed(Exception):
    """In the middle."""


@pytest.mark.parametrize("writes", range(0, 34, 3))
async def test_after_a_crash_anywhere_it_goes_on(
    writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables, left = await filled(MemoryTables()), writes
    page = tables.whole().page
    monkeypatch.setattr(
        "app.storage.scope.WholeView.page",
        lambda self, start=None, *, limit=5: page(start, limit=5),
    )

    def kill(_: Sequence[Operation]) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed

    tables.faults.before_write = kill
    try:
        await migrator(tables).migrate()
    except Killed:
        tables.faults.before_write = None
        clock = TestClock()
        await migrator(tables, clock=clock).migrate()
        assert sum(clock.slept) <= 62, "it waited for longer than the lease of the one killed"
    assert await version_of(tables) == 3
    assert_migrated(tables)


async def test_one_that_is_written_to_meanwhile_loses_nothing() -> None:
    tables = await filled(MemoryTables(), 3)
    disturbed = False

    async def disturb(operations: Sequence[Operation]) -> None:
        nonlocal disturbed
        if disturbed or operations[0].key.sk != "CP#1":
            return
        disturbed = True
        await tables.whole().write([Update(Key("T#abc#001", "CP#1"), set={"name": "Carport"})])

    tables.faults.before_write = disturb
    await migrator(tables).migrate()
    row = await tables.whole().get(Key("T#abc#001", "CP#1"))
    assert row is not None
    assert (row["label"], row["length"], "name" in row) == ("Carport", 7, False)


async def test_rows_of_a_newer_strom_are_not_touched() -> None:
    tables = MemoryTables()
    await tables.whole().write([Put(SchemaRow(4).item())])
    with pytest.raises(Conflict, match="newer Strom wrote this table"):
        await migrator(tables).migrate()


def test_what_may_be_served() -> None:
    require_served_by_us(None)
    require_served_by_us(SchemaRow(SCHEMA_VERSION).item())
    with pytest.raises(Conflict, match="newer Strom"):
        require_served_by_us(SchemaRow(SCHEMA_VERSION + 1).item())
    with pytest.raises(Conflict, match="run `strom migrate`"):
        require_served_by_us(SchemaRow(SCHEMA_VERSION - 1).item())
    with pytest.raises(Conflict, match="run `strom restore` again"):
        require_served_by_us(SchemaRow(SCHEMA_VERSION, restoring="x").item())


async def test_nothing_is_migrated_while_a_backup_is_restored() -> None:
    tables = MemoryTables()
    await tables.whole().write([Put(SchemaRow(1, restoring="x").item())])
    with pytest.raises(Conflict, match="strom restore"):
        await migrator(tables).migrate()


def test_every_version_has_its_migration() -> None:
    assert [each.version for each in MIGRATIONS] == list(range(2, SCHEMA_VERSION + 1))
