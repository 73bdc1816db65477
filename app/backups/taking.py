"""Taking a backup while Strom serves.

What is written is the table as it was at one moment: it is read twice, and only when nothing has
changed from one reading to the next, it was like that between them (a double collect). The rows'
order-independent digest is all that is remembered of a reading, so memory does not grow with the
table. Some rows are written all the time and mean nothing to anybody later: edges' leases.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import msgspec

from app.backups.contents import About, End, KeyOfFile, RecordWriter, Row, row_of
from app.backups.sealed import Cost, SealedWriter
from app.charging.errors import Conflict
from app.charging.ports import Clock
from app.envelope import previous
from app.records.schema_version import KEY, SCHEMA_VERSION
from app.records.whole import WholeTable

MOST_READINGS = 30
KEY_FILES = ("master.key", "server.key")
"""What seals owners' secrets; what signs drivers' links."""
PREVIOUS_FILES = tuple(previous(Path(name)).name for name in KEY_FILES)
"""Those before them, while what they have sealed or signed is still good."""
_PASSING = ("G#edge#", "G#doctor#")
_DIGESTS: int = 2**256


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken."""

    rows: int
    readings: int
    size: int


@dataclass(frozen=True, slots=True)
class BackupTaker:
    """Takes backups of one table and the key files beside it."""

    table: WholeTable
    name: str
    data_dir: Path
    clock: Clock
    program_version: str
    cost: Cost | None = None
    most_readings: int = MOST_READINGS

    async def take(self, path: Path, passphrase: str) -> Taken:
        """Write the file whole or not at all; raises ``Conflict`` when the table never rests."""
        draft = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            taken = await self._take(draft, passphrase)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return taken

    async def _take(self, draft: Path, passphrase: str) -> Taken:
        before = await self._digest()
        for reading in range(2, self.most_readings + 1):
            count, size, after = await self._write(draft, passphrase)
            if after == before:
                return Taken(count, reading, size)
            before = after
        raise Conflict(
            f"the table changed while it was read, {self.most_readings} times in a row; "
            "try again at a quieter time, or stop Strom for as long as the backup takes"
        )

    async def _digest(self) -> int:
        digest, start = 0, None
        while True:
            page = await self.table.page(start)
            for item in page.items:
                if lasts(item):
                    digest = _mixed(digest, row_of(item))
            if page.next_start is None:
                return digest
            start = page.next_start

    async def _write(self, draft: Path, passphrase: str) -> tuple[int, int, int]:
        digest, rows, start = 0, 0, None
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            writer = RecordWriter(SealedWriter(file, passphrase, self.cost))
            self._write_keys(writer)
            while True:
                page = await self.table.page(start)
                for item in page.items:
                    if lasts(item):
                        row = row_of(item)
                        digest, rows = _mixed(digest, row), rows + 1
                        writer.put(row)
                if page.next_start is None:
                    break
                start = page.next_start
            writer.put(End(rows))
            writer.close()
            file.flush()
            os.fsync(file.fileno())
            return rows, file.tell(), digest

    def _write_keys(self, writer: RecordWriter) -> None:
        made_at = self.clock.now().astimezone(UTC).isoformat(timespec="seconds")
        writer.put(About(self.program_version, SCHEMA_VERSION, made_at, self.name))
        for name in (*KEY_FILES, *PREVIOUS_FILES):
            file = self.data_dir / name
            if file.exists():
                writer.put(KeyOfFile(name, file.read_bytes()))


def lasts(item: Mapping[str, object]) -> bool:
    """Whether a row means something later: no edge's lease, not the row of the schema."""
    pk = str(item["pk"])
    return not pk.startswith(_PASSING) and pk != KEY.pk


def _mixed(digest: int, row: Row) -> int:
    """Adding rows' digests up makes the same of them in any order."""
    body = msgspec.msgpack.encode(_sorted(row.item))
    number = int.from_bytes(hashlib.sha256(body).digest(), "big")
    return (digest + number) % _DIGESTS


def _sorted(value: object) -> object:
    """Maps by their names: the table gives attributes in any order."""
    match value:
        case dict():
            return [[name, _sorted(value[name])] for name in sorted(value)]
        case list():
            return [_sorted(each) for each in value]
    return value
