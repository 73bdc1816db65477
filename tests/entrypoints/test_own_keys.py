"""A folder without the keys that the table was served with does not quietly get new ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap.own_keys import accept_keys, require_own_keys
from app.envelope import replace_key
from app.settings import SettingsError
from app.storage.memory import MemoryTables


@pytest.fixture
async def served(tmp_path: Path) -> MemoryTables:
    tables = MemoryTables()
    await require_own_keys(tables, tmp_path)
    return tables


async def test_the_first_start_makes_them_and_the_next_finds_them(
    served: MemoryTables, tmp_path: Path
) -> None:
    made = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert set(made) == {"master.key", "server.key"}
    await require_own_keys(served, tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == made


@pytest.mark.parametrize("name", ["master.key", "server.key"])
async def test_one_that_is_missing_stops_the_start_and_none_is_made(
    served: MemoryTables, tmp_path: Path, name: str
) -> None:
    away = (tmp_path / name).rename(tmp_path / "away")
    with pytest.raises(SettingsError, match=f"STROM_DATA_DIR: .*{name} is missing"):
        await require_own_keys(served, tmp_path)
    assert not (tmp_path / name).exists()

    away.rename(tmp_path / name)
    await require_own_keys(served, tmp_path)


async def test_the_keys_of_another_strom_stop_the_start(
    served: MemoryTables, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match="is missing"):
        await require_own_keys(served, tmp_path / "elsewhere")
    await require_own_keys(MemoryTables(), tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="another key than this table was served with"):
        await require_own_keys(served, tmp_path / "elsewhere")


async def test_keys_that_are_lost_for_good_are_replaced_on_demand(
    served: MemoryTables, tmp_path: Path
) -> None:
    server_key = (tmp_path / "server.key").read_bytes()
    (tmp_path / "master.key").unlink()
    await accept_keys(served, tmp_path)
    await require_own_keys(served, tmp_path)
    assert (tmp_path / "server.key").read_bytes() == server_key


async def test_a_rotation_that_was_cut_off_does_not_stop_the_start(
    served: MemoryTables, tmp_path: Path
) -> None:
    replace_key(tmp_path / "server.key")
    await require_own_keys(served, tmp_path)
