"""Whose rows a call may touch, and the view of a table that touches no others."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.charging.ports import Item, Key, Operation, Page
from app.storage.rules import require_key, require_page, require_writable

_TENANT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Scope:
    """Rows whose ``pk`` starts with ``prefix``; or, where there is none, the due index alone."""

    prefix: str | None

    @property
    def tenant(self) -> str | None:
        """Whose rows these are; None for the directory and the due index."""
        if self.prefix is None or not self.prefix.startswith("T#"):
            return None
        return self.prefix.split("#")[1]

    def covers(self, pk: object) -> bool:
        """Whether a row with this partition key lies inside."""
        return self.prefix is not None and isinstance(pk, str) and pk.startswith(self.prefix)


DIRECTORY = Scope("G#")
DUE = Scope(None)
WHOLE = Scope("")
"""Every row: backups, restoring and migrations alone (`WholeView`); no room is given it."""


def tenant_scope(tenant: str) -> Scope:
    """The rows of one tenant. An id that could reach into another's prefix is refused."""
    if not _TENANT_ID.fullmatch(tenant):
        raise PermissionError("this is not the id of a tenant")
    return Scope(f"T#{tenant}#")


class Engine(Protocol):
    """What an implementation of the table does, once rules and scope are checked."""

    async def get(self, scope: Scope, key: Key, *, consistent: bool) -> Item | None:
        """The row, or None."""
        ...

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
        """One page of a partition."""
        ...

    async def query_due(self, scope: Scope, shard: str, *, until_ms: int, limit: int) -> Page:
        """Rows of the due index up to a moment."""
        ...

    async def scan(self, scope: Scope, *, start: Key | None, limit: int) -> Page:
        """Some rows of the whole table, in its own order."""
        ...

    async def write(self, scope: Scope, operations: Sequence[Operation]) -> None:
        """All or none; there is at least one operation."""
        ...


@dataclass(frozen=True, slots=True)
class ScopedTable:
    """The ``Table`` port over an engine, for the rows of one scope."""

    engine: Engine
    scope: Scope

    async def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        """The row, or None."""
        self._require(key.pk)
        require_key(key)
        return await self.engine.get(self.scope, key, consistent=consistent)

    async def query(
        self,
        pk: str,
        *,
        sk_prefix: str = "",
        start: Key | None = None,
        limit: int = 100,
        newest_first: bool = False,
    ) -> Page:
        """One page of the rows of a partition; ``next_start`` is set only if more follow."""
        self._require(pk)
        require_page(pk, sk_prefix, start, limit)
        return await self.engine.query(
            self.scope,
            pk,
            sk_prefix=sk_prefix,
            start=start,
            limit=limit,
            newest_first=newest_first,
        )

    async def query_due(self, shard: str, *, until_ms: int, limit: int = 100) -> Page:
        """Rows of the ``due`` index up to and including a moment, the oldest first."""
        if self.scope != DUE:
            raise PermissionError("the due index is outside of this scope")
        require_page(shard, "", None, limit)
        return await self.engine.query_due(self.scope, shard, until_ms=until_ms, limit=limit)

    async def write(self, operations: Sequence[Operation]) -> None:
        """Do all of the operations or none; of nothing, nothing comes."""
        for operation in operations:
            self._require(operation.key.pk)
        require_writable(operations)
        if operations:
            await self.engine.write(self.scope, operations)

    def _require(self, pk: str) -> None:
        if not self.scope.covers(pk):
            raise PermissionError("a key lies outside of the scope of this table")


@dataclass(frozen=True, slots=True)
class WholeView:
    """The ``WholeTable`` port over an engine."""

    engine: Engine

    async def get(self, key: Key) -> Item | None:
        """The row, or None."""
        require_key(key)
        return await self.engine.get(WHOLE, key, consistent=True)

    async def page(self, start: Key | None = None, *, limit: int = 200) -> Page:
        """Some rows, each once; ``next_start`` is set if more may follow."""
        return await self.engine.scan(WHOLE, start=start, limit=limit)

    async def write(self, operations: Sequence[Operation]) -> None:
        """Do all of the operations or none."""
        require_writable(operations)
        if operations:
            await self.engine.write(WHOLE, operations)


class ScopedTables:
    """The ``Tables`` port over an engine."""

    def __init__(self, engine: Engine) -> None:
        self._scoped = engine

    def tenant(self, tenant: str) -> ScopedTable:
        """Rows whose ``pk`` starts ``T#<tenant>#``."""
        return ScopedTable(self._scoped, tenant_scope(tenant))

    def directory(self) -> ScopedTable:
        """Rows whose ``pk`` starts ``G#``."""
        return ScopedTable(self._scoped, DIRECTORY)

    def due(self) -> ScopedTable:
        """The ``due`` index alone."""
        return ScopedTable(self._scoped, DUE)

    def whole(self) -> WholeView:
        """Every row; not in the ``Tables`` port, so that no room reaches it."""
        return WholeView(self._scoped)
