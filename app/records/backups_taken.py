"""When a backup was taken last, whoever took it and wherever it lies: one row of the directory."""

from dataclasses import dataclass
from datetime import datetime

from app.charging.ports import Item, Put, Tables
from app.records import keys
from app.records.codec import from_ms, to_ms

KEY = keys.directory("backup", "last")


@dataclass(frozen=True, slots=True)
class BackupsTaken:
    """The repository."""

    tables: Tables

    async def last(self) -> datetime | None:
        """None where there never was one."""
        row = await self.tables.directory().get(KEY)
        return None if row is None else from_ms(int(str(row["at"])))

    async def taken(self, at: datetime) -> None:
        """One was taken just now."""
        row: Item = {"pk": KEY.pk, "sk": KEY.sk, "at": to_ms(at)}
        await self.tables.directory().write([Put(row)])
