"""The table: whoever reads the finding knows whether to start it, to mend rights or the clock."""

from __future__ import annotations

import pytest

from app.bootstrap.foundation import SystemClock
from app.bootstrap.own_keys import require_own_keys
from app.charging.ports import Item, Put
from app.entrypoints.doctor import backups, keys, owed, table
from app.entrypoints.doctor.examining import examine_these
from app.records.backups_taken import BackupsTaken
from app.records.schema_version import KEY, SCHEMA_VERSION, SchemaRow
from app.settings import Settings
from tests.entrypoints.doctor.conftest import Stands
from tests.support.servers import free_port
from tests.support.table_line import State, TableLine


async def test_one_that_works(stands: Stands) -> None:
    async with stands() as ground:
        [found] = await table.look(ground)
        page = await ground.looked.tables.whole().page()
    assert found.state == "ok"
    assert {row["pk"] for row in page.items} == {"G#keys#files"}, "nothing stays behind"


@pytest.mark.parametrize(
    ("state", "seen", "do"),
    [
        ("read-only", "can be read and not written to: AccessDeniedException", "Let this role"),
        ("full", "can be read and not written to: InternalFailure", "make room"),
    ],
)
async def test_one_that_takes_nothing(
    stands: Stands, line: TableLine, state: State, seen: str, do: str
) -> None:
    line.state = state
    async with stands() as ground:
        [found] = await table.look(ground)
    assert found.state == "problem"
    assert seen in found.seen
    assert "Nobody can pay" in found.seen
    assert do in found.do


async def test_one_that_refuses_because_of_the_clock(stands: Stands, line: TableLine) -> None:
    line.state = "skewed"
    async with stands() as ground:
        assert not await table.can_be_read(ground)
        [found] = await table.look(ground)
    assert "Signature expired" in found.seen
    assert "clock" in found.do


async def test_one_that_nobody_runs(stands: Stands) -> None:
    async with stands(dynamodb_endpoint=f"http://127.0.0.1:{free_port()}") as ground:
        [found] = await table.look(ground)
    assert "nobody listens there" in found.seen
    assert found.do.startswith("Start the table")


async def test_one_that_is_not_there_is_not_made(stands: Stands) -> None:
    async with stands(table="not-there") as ground:
        [found] = await table.look(ground)
        assert await ground.looked.tables.report() is None
    assert "does not exist" in found.seen


async def test_rows_of_a_newer_strom(stands: Stands) -> None:
    async with stands() as ground:
        newer = SchemaRow(SCHEMA_VERSION + 1).item()
        await ground.looked.tables.whole().write([Put(newer)])
        [found] = await table.look(ground)
    assert found.state == "problem"
    assert "newer Strom" in found.seen
    assert KEY.pk in str(newer["pk"])


async def test_what_stands_on_an_unreadable_table_is_not_looked_at(
    settings: Settings, line: TableLine
) -> None:
    line.state = "skewed"
    found = {each.check: each for each in await examine_these(settings, clock=SystemClock())}
    assert "wallets" in found["the rest"].seen
    assert "wallets" not in found
    assert found["data folder"].state == "ok"


async def test_the_key_files(stands: Stands) -> None:
    async with stands() as ground:
        folder = ground.settings.data_dir
        [found] = await keys.look(ground)
        assert found.state == "ok"

        (folder / "server.key").chmod(0o644)
        assert [each.state for each in await keys.look(ground)] == ["ok", "warning"]

        (folder / "server.key").write_text("damaged")
        [found] = await keys.look(ground)
        assert "damaged" in found.seen

        (folder / "server.key").unlink()
        [found] = await keys.look(ground)
        assert f"{folder / 'server.key'} is missing" in found.seen
        assert "accept-keys" in found.do
        assert not (folder / "server.key").exists()


async def test_before_the_first_start_there_are_none(stands: Stands) -> None:
    async with stands(table="not-there-either") as ground:
        await ground.looked.tables.ensure_table()
        [found] = await keys.look(ground)
        assert "first start" in found.seen
        await require_own_keys(ground.looked.tables, ground.settings.data_dir)


async def test_a_backup_is_missed_before_it_is_needed(stands: Stands) -> None:
    async with stands() as ground:
        [found] = await backups.look(ground)
        assert found.state == "warning"
        await BackupsTaken(ground.looked.tables).taken(ground.clock.now())
        [found] = await backups.look(ground)
        assert found.state == "ok"


async def test_what_is_late(stands: Stands) -> None:
    async with stands() as ground:
        [found] = await owed.look(ground)
        assert found.state == "ok"
        row: Item = {"pk": "T#t#S#s", "sk": "E#x", "due_shard": "DUE#0", "due_at": 0}
        await ground.looked.tables.tenant("t").write([Put(row)])
        [found] = await owed.look(ground)
    assert found.state == "problem"
    assert "as soon as Strom serves again" in found.do
