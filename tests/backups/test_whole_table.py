"""Back up and restore: every row of one table is in the other, on every engine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.backups.restoring import Restorer
from app.backups.sealed import Cost
from app.backups.taking import BackupTaker
from app.bootstrap.foundation import SystemClock
from app.charging.errors import BadInput, Conflict
from app.charging.ports import Item, Key, Operation, Page, Put, Update
from app.envelope import KeyFileEnvelope, read_or_make_key
from app.records import schema_version
from app.records.schema_version import KEY, SCHEMA_VERSION, SchemaRow
from app.records.whole import WholeTable
from app.storage.memory import MemoryTables
from tests.backups.engines import ENGINES, tables_of

PASSPHRASE = "correct horse battery"
CHEAP = Cost(kib=8, passes=1, lanes=1)
ODD: Item = {
    "pk": "T#abc#S#1",
    "sk": "SESSION",
    "text": "Strom – 电",
    "empty": "",
    "number": 12,
    "huge": 10**37,
    "negative": -(2**63) - 1,
    "yes": True,
    "nothing": None,
    "bytes": b"\x00\xff",
    "list": [1, "two", {"three": [b"3", 10**20]}],
    "due_shard": "DUE#0",
    "due_at": 1_700_000_000_000,
}


def taker(table: WholeTable, folder: Path, readings: int = 5) -> BackupTaker:
    return BackupTaker(
        table, "strom", folder, SystemClock(), "0.1.0", cost=CHEAP, most_readings=readings
    )


async def everything(table: WholeTable) -> dict[tuple[object, object], Item]:
    rows: dict[tuple[object, object], Item] = {}
    start = None
    while True:
        page = await table.page(start, limit=7)
        for item in page.items:
            assert (item["pk"], item["sk"]) not in rows, "a row came twice"
            rows[item["pk"], item["sk"]] = item
        if page.next_start is None:
            return rows
        start = page.next_start


def some_rows() -> list[Item]:
    rows = [ODD]
    for tenant in ("abc", "def"):
        rows += [{"pk": f"T#{tenant}#S#{n}", "sk": f"L#{n}", "n": n} for n in range(30)]
        rows.append({"pk": f"T#{tenant}#OPEN", "sk": f"{tenant}-1"})
    rows.append({"pk": "G#address#demo", "sk": "-", "tenant": "abc"})
    return rows


async def fill(table: WholeTable, rows: Sequence[Item]) -> None:
    for row in rows:
        await table.write([Put(row)])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of an installation with its keys."""
    folder = tmp_path / "data"
    for name in ("master.key", "server.key"):
        read_or_make_key(folder / name)
    return folder


@pytest.mark.parametrize("engine", ENGINES)
async def test_every_row_comes_back(engine: str, tmp_path: Path, home: Path) -> None:
    file, new_home = tmp_path / "strom.backup", tmp_path / "new"
    async with tables_of(engine) as old, tables_of(engine) as new:
        rows = some_rows()
        edge: Item = {"pk": "G#edge#1", "sk": "-", "until": 5}
        await fill(old.whole(), [*rows, edge, SchemaRow(SCHEMA_VERSION).item()])

        taken = await taker(old.whole(), home).take(file, PASSPHRASE)
        restored = await Restorer(new.whole(), new_home).restore(file, PASSPHRASE)

        found = await everything(new.whole())
        assert found.pop((KEY.pk, KEY.sk)) == SchemaRow(SCHEMA_VERSION).item()
        assert found == {(row["pk"], row["sk"]): row for row in rows}
        due = await new.due().query_due("DUE#0", until_ms=1_800_000_000_000)
        assert [row["pk"] for row in due.items] == ["T#abc#S#1"]
    assert taken.rows == restored.rows == len(rows)
    assert sorted(restored.open_sessions) == ["abc-1", "def-1"]
    assert taken.size == file.stat().st_size
    assert file.stat().st_mode & 0o077 == 0


async def test_what_owners_entrusted_opens_with_the_restored_key(
    tmp_path: Path, home: Path
) -> None:
    sealed = await KeyFileEnvelope(home / "master.key").seal("abc", "wallet", b"macaroon")
    await taker(MemoryTables().whole(), home).take(tmp_path / "b", PASSPHRASE)

    await Restorer(MemoryTables().whole(), tmp_path / "new").restore(tmp_path / "b", PASSPHRASE)

    for name in ("master.key", "server.key"):
        assert (tmp_path / "new" / name).read_bytes() == (home / name).read_bytes()
        assert (tmp_path / "new" / name).stat().st_mode & 0o077 == 0
    envelope = KeyFileEnvelope(tmp_path / "new" / "master.key")
    assert await envelope.open("abc", "wallet", sealed) == b"macaroon"


async def test_a_wrong_passphrase_changes_nothing(tmp_path: Path, home: Path) -> None:
    await taker(MemoryTables().whole(), home).take(tmp_path / "b", PASSPHRASE)
    new = MemoryTables()
    with pytest.raises(BadInput, match="not the passphrase"):
        await Restorer(new.whole(), tmp_path / "new").restore(tmp_path / "b", "another one!")
    assert not new.rows()
    assert not (tmp_path / "new").exists()


async def test_a_damaged_end_changes_nothing(tmp_path: Path, home: Path) -> None:
    old, new = MemoryTables(), MemoryTables()
    await fill(old.whole(), some_rows())
    file = tmp_path / "b"
    await taker(old.whole(), home).take(file, PASSPHRASE)
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(BadInput, match="damaged"):
        await Restorer(new.whole(), tmp_path / "new").restore(file, PASSPHRASE)
    assert not new.rows()


async def test_a_table_that_is_not_empty_is_refused(tmp_path: Path, home: Path) -> None:
    await taker(MemoryTables().whole(), home).take(tmp_path / "b", PASSPHRASE)
    new = MemoryTables()
    await fill(new.whole(), [ODD])
    with pytest.raises(Conflict, match=r"not empty.*STROM_TABLE"):
        await Restorer(new.whole(), tmp_path / "new").restore(tmp_path / "b", PASSPHRASE)
    assert new.rows() == [ODD]


async def test_the_keys_of_another_installation_are_not_lost(tmp_path: Path, home: Path) -> None:
    await taker(MemoryTables().whole(), home).take(tmp_path / "b", PASSPHRASE)
    read_or_make_key(tmp_path / "new" / "master.key")
    before = (tmp_path / "new" / "master.key").read_bytes()
    with pytest.raises(Conflict, match="key of another installation"):
        await Restorer(MemoryTables().whole(), tmp_path / "new").restore(tmp_path / "b", PASSPHRASE)
    assert (tmp_path / "new" / "master.key").read_bytes() == before


async def test_a_backup_of_newer_rows_wants_an_upgrade(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr("app.backups.taking.SCHEMA_VERSION", SCHEMA_VERSION + 1)
        await taker(MemoryTables().whole(), home).take(tmp_path / "b", PASSPHRASE)
    with pytest.raises(BadInput, match="newer Strom"):
        await Restorer(MemoryTables().whole(), tmp_path / "new").restore(tmp_path / "b", PASSPHRASE)


class CutOff(Exception):
    """The power went."""


async def test_what_was_cut_off_goes_on_with_the_same_file(tmp_path: Path, home: Path) -> None:
    old, new = MemoryTables(), MemoryTables()
    await fill(old.whole(), some_rows())
    for name in ("b", "other"):
        await taker(old.whole(), home).take(tmp_path / name, PASSPHRASE)
    restorer = Restorer(new.whole(), tmp_path / "new")
    left = 25

    def cut(_: Sequence[Operation]) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise CutOff

    new.faults.before_write = cut
    with pytest.raises(ExceptionGroup):
        await restorer.restore(tmp_path / "b", PASSPHRASE)
    new.faults.before_write = None
    row = await new.whole().get(KEY)
    assert row is not None
    assert schema_version.SchemaRow.read(row).restoring

    with pytest.raises(Conflict, match="another backup was begun"):
        await restorer.restore(tmp_path / "other", PASSPHRASE)
    await restorer.restore(tmp_path / "b", PASSPHRASE)

    found = await everything(new.whole())
    assert found.pop((KEY.pk, KEY.sk)) == SchemaRow(SCHEMA_VERSION).item()
    assert len(found) == len(some_rows())


@dataclass
class Busy:
    """A table that somebody writes to between the pages of the first so many readings."""

    inner: WholeTable
    readings_disturbed: int
    readings: int = 0

    async def get(self, key: Key) -> Item | None:
        return await self.inner.get(key)

    async def write(self, operations: Sequence[Operation]) -> None:
        await self.inner.write(operations)

    async def page(self, start: Key | None = None, *, limit: int = 200) -> Page:
        page = await self.inner.page(start, limit=10)
        if start is None:
            self.readings += 1
        elif self.readings <= self.readings_disturbed:
            # A transaction over two rows: whoever sees one half must see the other.
            await self.inner.write(
                [
                    Update(Key("T#abc#A", "-"), add={"n": 1}),
                    Update(Key("T#xyz#Z", "-"), add={"n": 1}),
                ]
            )
        return page


async def test_a_backup_is_the_table_at_one_moment(tmp_path: Path, home: Path) -> None:
    old, new = MemoryTables(), MemoryTables()
    await fill(old.whole(), some_rows())
    taken = await taker(Busy(old.whole(), 3), home).take(tmp_path / "b", PASSPHRASE)
    assert taken.readings >= 4
    await Restorer(new.whole(), tmp_path / "new").restore(tmp_path / "b", PASSPHRASE)
    rows = await everything(new.whole())
    assert rows["T#abc#A", "-"]["n"] == rows["T#xyz#Z", "-"]["n"]


async def test_a_table_that_never_rests_is_told(tmp_path: Path, home: Path) -> None:
    old = MemoryTables()
    await fill(old.whole(), some_rows())
    with pytest.raises(Conflict, match="stop Strom"):
        await taker(Busy(old.whole(), 99), home).take(tmp_path / "b", PASSPHRASE)
    assert not list(tmp_path.glob("*b*"))


async def test_a_backup_that_fails_leaves_the_one_before(tmp_path: Path, home: Path) -> None:
    file = tmp_path / "b"
    await taker(MemoryTables().whole(), home).take(file, PASSPHRASE)
    before = file.read_bytes()
    old = MemoryTables()
    await fill(old.whole(), some_rows())
    with pytest.raises(Conflict):
        await taker(Busy(old.whole(), 99), home).take(file, PASSPHRASE)
    assert file.read_bytes() == before


async def test_two_may_be_taken_at_once(tmp_path: Path, home: Path) -> None:
    old = MemoryTables()
    await fill(old.whole(), some_rows())
    files = [tmp_path / "one", tmp_path / "two"]
    await asyncio.gather(*(taker(old.whole(), home).take(file, PASSPHRASE) for file in files))
    assert all(file.exists() for file in files)
