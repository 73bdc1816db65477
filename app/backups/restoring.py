"""Restoring a backup into an empty table.

The file is read through once before anything is written: a wrong passphrase, damage or a newer
Strom's backup change nothing. While rows are written a mark stands in the table, and nobody serves
from it; restoring the same file again goes on where it was cut off.
"""

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.backups.contents import About, End, KeyOfFile, Record, Row, records
from app.backups.sealed import SealedReader
from app.backups.taking import KEY_FILES, PREVIOUS_FILES, lasts
from app.charging.errors import BadInput, Conflict
from app.charging.ports import Item, Put
from app.records.schema_version import KEY, SCHEMA_VERSION, SchemaRow
from app.records.whole import WholeTable

AT_ONCE = 16
ROWS_LOOKED_AT = 20
_OPEN = "#OPEN"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored."""

    about: About
    rows: int
    open_sessions: tuple[str, ...]
    """Their ids: not settled when the backup was taken, somebody charges or is owed money."""


@dataclass(frozen=True, slots=True)
class Restorer:
    """Restores backups into one table and the folder of key files beside it."""

    table: WholeTable
    data_dir: Path

    async def restore(self, path: Path, passphrase: str) -> Restored:
        """All of it, or ``BadInput`` / ``Conflict`` in one line before anything is written."""
        about, key_files, identity = _look_through(path, passphrase)
        if about.schema > SCHEMA_VERSION:
            raise BadInput("a newer Strom made this backup: upgrade first, then restore")
        self._require_no_other_keys(key_files)
        await self._require_room(identity)
        for key in key_files:
            self._keep(key)
        mark = SchemaRow(about.schema, restoring=identity)
        await self.table.write([Put(mark.item())])
        rows, open_sessions = await self._write(path, passphrase)
        await self.table.write([Put(SchemaRow(about.schema).item())])
        return Restored(about, rows, open_sessions)

    async def _write(self, path: Path, passphrase: str) -> tuple[int, tuple[str, ...]]:
        rows, open_sessions, waiting = 0, list[str](), list[Item]()
        with path.open("rb") as file:
            for record in records(SealedReader(file, passphrase)):
                if not isinstance(record, Row):
                    continue
                rows += 1
                if _is_open_session(record.item):
                    open_sessions.append(str(record.item["sk"]))
                waiting.append(record.item)
                if len(waiting) == AT_ONCE:
                    await self._put(waiting)
                    waiting = []
        await self._put(waiting)
        return rows, tuple(open_sessions)

    async def _put(self, items: Iterable[Item]) -> None:
        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(self.table.write([Put(item)]))

    async def _require_room(self, identity: str) -> None:
        row = await self.table.get(KEY)
        restoring = SchemaRow.read(row).restoring if row else ""
        if restoring == identity:
            return
        if restoring:
            raise Conflict(
                "the restoring of another backup was begun in this table: restore that one again, "
                "or name another table with STROM_TABLE"
            )
        page = await self.table.page(limit=ROWS_LOOKED_AT)
        if any(lasts(item) for item in page.items) or page.next_start is not None:
            raise Conflict("this table is not empty: name another one with STROM_TABLE")

    def _require_no_other_keys(self, key_files: Iterable[KeyOfFile]) -> None:
        for key in key_files:
            file = self.data_dir / key.name
            if file.exists() and file.read_bytes().strip() != key.content.strip():
                raise Conflict(
                    f"{file} is the key of another installation: move it away, or set "
                    "STROM_DATA_DIR to another folder"
                )

    def _keep(self, key: KeyOfFile) -> None:
        file = self.data_dir / key.name
        if file.exists():
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as opened:
            opened.write(key.content)
            opened.flush()
            os.fsync(opened.fileno())


def _look_through(path: Path, passphrase: str) -> tuple[About, list[KeyOfFile], str]:
    """Read all of it, so that what cannot be read is known before anything is written."""
    about: Record | None = None
    key_files, rows, end = list[KeyOfFile](), 0, -1
    try:
        with path.open("rb") as file:
            sealed = SealedReader(file, passphrase)
            for record in records(sealed):
                about = about or record
                match record:
                    case KeyOfFile(name=name) if name in (*KEY_FILES, *PREVIOUS_FILES):
                        key_files.append(record)
                    case Row():
                        rows += 1
                    case End():
                        end = record.rows
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    if not isinstance(about, About) or end != rows:
        raise BadInput("this backup is damaged or not complete")
    return about, key_files, sealed.identity


def _is_open_session(item: Item) -> bool:
    pk = str(item["pk"])
    return pk.startswith("T#") and pk.endswith(_OPEN)
