"""The whole table, for what concerns everybody: backups, restoring, migrations.

Nothing that serves a request has it: `Tables`, which the rooms are given, does not offer it.
"""

from collections.abc import Sequence
from typing import Protocol

from app.charging.ports import Item, Key, Operation, Page


class WholeTable(Protocol):
    """Every row there is, whoever's."""

    async def get(self, key: Key) -> Item | None:
        """The row, or None."""
        ...

    async def page(self, start: Key | None = None, *, limit: int = 200) -> Page:
        """Some rows in the table's own order, each once; ``next_start`` is set if more follow."""
        ...

    async def write(self, operations: Sequence[Operation]) -> None:
        """As ``Table.write``; the operations may be on anybody's rows."""
        ...
