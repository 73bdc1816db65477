"""The table in memory: for tests and simulation, with faults at will.

One thread, asyncio; between the conditions of a write and its effect nothing else runs. The
faults stand where a real table's stand: before the effect (conflict, throttling), after it (the
answer is lost). They may be plain functions or coroutines, so that a simulation can also delay.
"""

import bisect
import inspect
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from app.charging.errors import ConditionFailed
from app.charging.ports import Check, Delete, Item, Key, Operation, Page, Put, Update
from app.storage.conditions import holds
from app.storage.scope import Scope, ScopedTables
from app.storage.values import WireItem, decode_item, encode, encode_item, item_size

_MOST_ITEM_BYTES = 400 * 1024

BeforeRead = Callable[[], Awaitable[None] | None]
AroundWrite = Callable[[Sequence[Operation]], Awaitable[None] | None]


@dataclass
class Faults:
    """What goes wrong. Each is called at every call of its kind and may raise."""

    before_read: BeforeRead | None = None
    before_write: AroundWrite | None = None
    """Raising here leaves the table as it was."""
    after_write: AroundWrite | None = None
    """Raising here loses the answer of a write that has happened."""


class MemoryTables(ScopedTables):
    """The ``Tables`` port in memory. ``faults`` can be changed at any time."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self._engine = _MemoryEngine(self)
        super().__init__(self._engine)

    def rows(self) -> list[Item]:
        """Every row there is, in order of its key: for a test's assertions."""
        return self._engine.rows()


class _MemoryEngine:
    """Partitions of rows in DynamoDB's form, so that nothing is shared with callers."""

    def __init__(self, owner: MemoryTables) -> None:
        self._owner = owner
        self._partitions: dict[str, dict[str, WireItem]] = defaultdict(dict)
        self._due: dict[str, list[tuple[int, str, str]]] = defaultdict(list)

    async def get(self, scope: Scope, key: Key, *, consistent: bool) -> Item | None:
        await self._before_read()
        row = self._row(key)
        return None if row is None else decode_item(row)

    async def query(
        self,
        scope: Scope,
        pk: str,
        *,
        sk_prefix: str,
        start: Key | None,
        limit: int,
        newest_first: bool,
    ) -> Page:
        await self._before_read()
        rows = self._partitions.get(pk, {})
        names = sorted((sk for sk in rows if sk.startswith(sk_prefix)), reverse=newest_first)
        if start is not None:
            names = [sk for sk in names if (sk < start.sk if newest_first else sk > start.sk)]
        page = [decode_item(rows[sk]) for sk in names[:limit]]
        return Page(page, Key(pk, names[limit - 1]) if len(names) > limit else None)

    async def query_due(self, scope: Scope, shard: str, *, until_ms: int, limit: int) -> Page:
        await self._before_read()
        entries = self._due.get(shard, [])
        end = bisect.bisect_left(entries, (until_ms + 1, "", ""))
        return Page(
            [
                {"pk": pk, "sk": sk, "due_shard": shard, "due_at": at}
                for at, pk, sk in entries[: min(end, limit)]
            ]
        )

    async def scan(self, scope: Scope, *, start: Key | None, limit: int) -> Page:
        await self._before_read()
        rows = self.rows()
        if start is not None:
            rows = [row for row in rows if (str(row["pk"]), str(row["sk"])) > (start.pk, start.sk)]
        last = rows[limit - 1] if len(rows) > limit else None
        return Page(rows[:limit], Key(str(last["pk"]), str(last["sk"])) if last else None)

    async def write(self, scope: Scope, operations: Sequence[Operation]) -> None:
        await _call(self._owner.faults.before_write, operations)
        self._write(operations)
        await _call(self._owner.faults.after_write, operations)

    def rows(self) -> list[Item]:
        return [
            decode_item(rows[sk])
            for _, rows in sorted(self._partitions.items())
            for sk in sorted(rows)
        ]

    def _write(self, operations: Sequence[Operation]) -> None:
        failed = tuple(
            position
            for position, operation in enumerate(operations)
            if operation.condition is not None
            and not holds(operation.condition, self._row(operation.key))
        )
        if failed:
            raise ConditionFailed(failed)
        changes = [
            (operation.key, _after(operation, self._row(operation.key)))
            for operation in operations
            if not isinstance(operation, Check)
        ]
        for key, row in changes:
            self._replace(key, row)

    def _row(self, key: Key) -> WireItem | None:
        return self._partitions.get(key.pk, {}).get(key.sk)

    def _replace(self, key: Key, row: WireItem | None) -> None:
        before = self._partitions[key.pk].pop(key.sk, None)
        if before is not None and (entry := _due_entry(key, before)) is not None:
            self._due[entry[0]].remove(entry[1])
        if row is None:
            return
        self._partitions[key.pk][key.sk] = row
        if (entry := _due_entry(key, row)) is not None:
            bisect.insort(self._due[entry[0]], entry[1])

    async def _before_read(self) -> None:
        hook = self._owner.faults.before_read
        if hook is not None and inspect.isawaitable(waiting := hook()):
            await waiting


async def _call(hook: AroundWrite | None, operations: Sequence[Operation]) -> None:
    if hook is not None and inspect.isawaitable(waiting := hook(operations)):
        await waiting


def _after(operation: Put | Update | Delete, row: WireItem | None) -> WireItem | None:
    """The row as the operation leaves it."""
    match operation:
        case Delete():
            return None
        case Put():
            after = encode_item(operation.item)
        case Update():
            after = _updated(operation, row)
    if item_size(after) > _MOST_ITEM_BYTES:
        raise ValueError("the row would be larger than 400 KB")
    return after


def _updated(update: Update, row: WireItem | None) -> WireItem:
    after = (
        dict(row) if row is not None else encode_item({"pk": update.key.pk, "sk": update.key.sk})
    )
    after |= encode_item(update.set)
    for name in update.remove:
        after.pop(name, None)
    for name, amount in update.add.items():
        before = after.get(name, {"N": "0"})
        if "N" not in before:
            raise ValueError(f"{name} is no integer; nothing can be added to it")
        after[name] = encode(int(before["N"]) + amount)
    return after


def _due_entry(key: Key, row: WireItem) -> tuple[str, tuple[int, str, str]] | None:
    """Shard and place in the due index, for a row that belongs there."""
    if "due_shard" not in row or "due_at" not in row:
        return None
    return row["due_shard"]["S"], (int(row["due_at"]["N"]), key.pk, key.sk)
