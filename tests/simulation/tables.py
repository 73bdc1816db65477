"""The table as one process sees it: slow, busy, throttled, silent, its index behind the rows."""

import asyncio
from collections.abc import Callable, Sequence

from app.charging.errors import StorageConflict, StorageThrottled, StorageUncertain
from app.charging.ports import Item, Key, Operation, Page, Table
from app.storage.memory import MemoryTables
from tests.simulation.faults import Trouble
from tests.simulation.process import Process

Committed = Callable[[str, Sequence[Operation]], None]
"""Hears of every write that has happened, at once: the name of the process, what it wrote."""

QUICK_S = (0.001, 0.012)
SLOW_S = (0.2, 8.0)


class ProcessTables:
    """The ``Tables`` port of one process over the one table."""

    def __init__(
        self, process: Process, shared: MemoryTables, trouble: Trouble, committed: Committed
    ) -> None:
        self.process = process
        self._shared = shared
        self.trouble = trouble
        self.committed = committed
        self.earlier_due: dict[str, list[Item]] = {}

    def tenant(self, tenant: str) -> "ProcessTable":
        return ProcessTable(self, self._shared.tenant(tenant))

    def directory(self) -> "ProcessTable":
        return ProcessTable(self, self._shared.directory())

    def due(self) -> "ProcessTable":
        return ProcessTable(self, self._shared.due())


class ProcessTable:
    """The ``Table`` port with a distance between us and the rows."""

    def __init__(self, owner: ProcessTables, rows: Table) -> None:
        self._owner = owner
        self._rows = rows
        self._dice = owner.process.dice

    async def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        await self._way_there()
        found = await self._rows.get(key, consistent=consistent)
        self._owner.process.step()
        return found

    async def query(
        self,
        pk: str,
        *,
        sk_prefix: str = "",
        start: Key | None = None,
        limit: int = 100,
        newest_first: bool = False,
    ) -> Page:
        await self._way_there()
        page = await self._rows.query(
            pk, sk_prefix=sk_prefix, start=start, limit=limit, newest_first=newest_first
        )
        self._owner.process.step()
        return page

    async def query_due(self, shard: str, *, until_ms: int, limit: int = 100) -> Page:
        await self._way_there()
        page = await self._rows.query_due(shard, until_ms=until_ms, limit=limit)
        owner = self._owner
        earlier = owner.earlier_due.get(shard, [])
        owner.earlier_due[shard] = list(page.items)
        if self._hits("due_stale"):
            seen = [item for item in page.items if self._dice.random() < 0.5]
            return Page([*seen, *(item for item in earlier if item not in seen)])
        return page

    async def write(self, operations: Sequence[Operation]) -> None:
        await self._way_there()
        if self._hits("table_conflict"):
            raise StorageConflict("busy")
        if self._hits("table_uncertain_before"):
            raise StorageUncertain("no answer")
        await self._rows.write(operations)
        self._owner.committed(self._owner.process.name, operations)
        self._owner.process.step()
        if self._hits("table_uncertain_after"):
            await asyncio.sleep(self._dice.uniform(*SLOW_S))
            raise StorageUncertain("no answer")
        if self._hits("table_slow"):
            await asyncio.sleep(self._dice.uniform(*SLOW_S))

    async def _way_there(self) -> None:
        self._owner.process.step()
        trouble = self._owner.trouble
        pace = trouble.rates.table_pace if trouble.is_on else 1.0
        await asyncio.sleep(self._dice.uniform(*QUICK_S) * pace)
        if self._hits("table_slow"):
            await asyncio.sleep(self._dice.uniform(*SLOW_S))
        self._owner.process.step()
        if self._hits("table_throttled"):
            raise StorageThrottled("too much")

    def _hits(self, kind: str) -> bool:
        return self._owner.trouble.hits(self._dice, kind)
