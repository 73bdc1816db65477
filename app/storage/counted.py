"""The table with each call counted and timed, for who watches over it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.charging.ports import Item, Key, Operation, Page, Table, Tables
from app.telemetry.numbers import Numbers


@dataclass(frozen=True, slots=True)
class CountedTable:
    """The ``Table`` port over another."""

    table: Table
    numbers: Numbers

    async def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        """The row, or None."""
        with self.numbers.table_call():
            return await self.table.get(key, consistent=consistent)

    async def query(
        self,
        pk: str,
        *,
        sk_prefix: str = "",
        start: Key | None = None,
        limit: int = 100,
        newest_first: bool = False,
    ) -> Page:
        """One page of the rows of a partition."""
        with self.numbers.table_call():
            return await self.table.query(
                pk, sk_prefix=sk_prefix, start=start, limit=limit, newest_first=newest_first
            )

    async def query_due(self, shard: str, *, until_ms: int, limit: int = 100) -> Page:
        """Rows of the ``due`` index up to a moment."""
        with self.numbers.table_call():
            return await self.table.query_due(shard, until_ms=until_ms, limit=limit)

    async def write(self, operations: Sequence[Operation]) -> None:
        """Do all of the operations or none."""
        with self.numbers.table_call():
            await self.table.write(operations)


@dataclass(frozen=True, slots=True)
class CountedTables:
    """The ``Tables`` port over another; scopes are the other's."""

    tables: Tables
    numbers: Numbers

    def tenant(self, tenant: str) -> CountedTable:
        """Rows of one tenant."""
        return CountedTable(self.tables.tenant(tenant), self.numbers)

    def directory(self) -> CountedTable:
        """Rows of the directory."""
        return CountedTable(self.tables.directory(), self.numbers)

    def due(self) -> CountedTable:
        """The ``due`` index alone."""
        return CountedTable(self.tables.due(), self.numbers)
