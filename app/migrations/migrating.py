"""Runs migrations: row by row, one process at a time, resumable at any row.

A row is written only if what the migration changes is as it was read, else it is read and changed
again. A migration leaves a row alone that has its new form already, so that running it twice, or
going on after a crash with some rows done, changes nothing.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from app.charging.errors import ConditionFailed, Conflict
from app.charging.ports import (
    Absent,
    AtMost,
    Clock,
    Equals,
    Item,
    Key,
    Operation,
    Put,
    Update,
    Value,
)
from app.records.schema_version import KEY, SCHEMA_VERSION, SchemaRow
from app.records.whole import WholeTable

log = logging.getLogger(__name__)
FIRST = 1
"""What tables without the row were written as."""
LEASE = timedelta(seconds=60)
LOOK_AGAIN_S = 2.0
MOST_ATTEMPTS = 5


class Migration(Protocol):
    """One change of how rows are written."""

    @property
    def version(self) -> int:
        """What the table is after it."""
        ...

    @property
    def name(self) -> str:
        """What it does, for the log."""
        ...

    def changed(self, item: Item) -> Item:
        """The row in its new form, or as it is if that is none of this migration's business."""
        ...


def require_served_by_us(row: Item | None) -> None:
    """Raise ``Conflict`` where rows are not all there, or are not written as we write them."""
    if row is None:
        return
    schema = SchemaRow.read(row)
    if schema.restoring:
        raise Conflict("a backup was not restored to its end here: run `strom restore` again")
    if schema.version > SCHEMA_VERSION:
        raise Conflict(
            f"a newer Strom wrote this table (version {schema.version}, this one knows "
            f"{SCHEMA_VERSION}): upgrade Strom, or restore the backup from before the upgrade"
        )
    if schema.version < SCHEMA_VERSION:
        raise Conflict("an older Strom wrote this table: run `strom migrate` first")


@dataclass(frozen=True, slots=True)
class Migrator:
    """Brings one table up to a version."""

    table: WholeTable
    clock: Clock
    migrations: Sequence[Migration]
    version: int = SCHEMA_VERSION

    async def migrate(self) -> list[str]:
        """Run what has not run; returns the names. Raises ``Conflict`` where it cannot."""
        done = []
        while (schema := await self._schema()).version < self.version:
            migration = self._to(schema.version + 1)
            if not await self._lease(schema.version):
                await self.clock.sleep(LOOK_AGAIN_S)  # another process is at it, or was killed
                continue
            log.info("migration %s: %s", migration.version, migration.name)
            await self._run(migration, schema.cursor)
            done.append(migration.name)
        return done

    async def _schema(self) -> SchemaRow:
        row = await self.table.get(KEY)
        if row is None:
            row = await self._first_row()
        schema = SchemaRow.read(row)
        if schema.restoring or schema.version > self.version:
            require_served_by_us(row)
        return schema

    async def _first_row(self) -> Item:
        """A table that nothing was written to is new; any other is of the first version."""
        page = await self.table.page(limit=1)
        item = SchemaRow(FIRST if page.items else self.version).item()
        try:
            await self.table.write([Put(item, Absent())])
        except ConditionFailed:
            found = await self.table.get(KEY)
            assert found is not None, "rows of the schema are never deleted"
            return found
        return item

    def _to(self, version: int) -> Migration:
        for migration in self.migrations:
            if migration.version == version:
                return migration
        raise Conflict(f"this Strom cannot bring the table to version {version}")

    async def _lease(self, version: int) -> bool:
        free = AtMost("leased_until", self._ms(), {"version": version})
        leased = Update(KEY, set={"leased_until": self._ms(LEASE)}, condition=free)
        try:
            await self.table.write([leased])
        except ConditionFailed:
            return False
        return True

    async def _run(self, migration: Migration, cursor: Key | None) -> None:
        before = Equals({"version": migration.version - 1})
        while True:
            page = await self.table.page(cursor)
            for item in page.items:
                if item["pk"] != KEY.pk:
                    await self._change(migration, item)
            cursor = page.next_start
            if cursor is None:
                break
            progress: dict[str, Value] = {
                "cursor": [cursor.pk, cursor.sk],
                "leased_until": self._ms(LEASE),
            }
            if not await self._advanced(Update(KEY, set=progress, condition=before)):
                return
        await self._advanced(Put(SchemaRow(migration.version).item(), before))

    async def _advanced(self, step: Operation) -> bool:
        """False where another process, which had our lease, came to the end meanwhile."""
        try:
            await self.table.write([step])
        except ConditionFailed:
            return False
        return True

    async def _change(self, migration: Migration, item: Item) -> None:
        current: Item | None = item
        for _ in range(MOST_ATTEMPTS):
            if current is None:
                return
            changed = migration.changed(current)
            if changed == current:
                return
            try:
                await self.table.write([replacing(current, changed)])
            except ConditionFailed:
                current = await self.table.get(Key(str(item["pk"]), str(item["sk"])))
            else:
                return
        raise Conflict("a row is written to while it is migrated: stop Strom, then migrate")

    def _ms(self, later: timedelta = timedelta()) -> int:
        return int((self.clock.now() + later).timestamp() * 1000)


def replacing(before: Item, after: Item) -> Update:
    """Only what differs, so that a writer of other attributes is not undone."""
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    gone = tuple(name for name in before if name not in after)
    as_read = {name: before[name] for name in (*changed, *gone) if name in before}
    key = Key(str(before["pk"]), str(before["sk"]))
    return Update(key, set=changed, remove=gone, condition=Equals(as_read))
