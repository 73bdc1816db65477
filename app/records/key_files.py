"""Which key files the table was served with: their fingerprints, in one row of the directory.

What was sealed with one key opens with no other, and a link that one key has signed is void under
another. So a Strom whose folder has lost its keys must not quietly make new ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.charging.ports import Item, Put, Tables
from app.records import keys

KEY = keys.directory("keys", "files")


@dataclass(frozen=True, slots=True)
class KeyFingerprints:
    """The repository."""

    tables: Tables

    async def known(self) -> dict[str, str]:
        """By the files' names; empty before the first start."""
        row = await self.tables.directory().get(KEY) or {}
        return {name: str(value) for name, value in row.items() if name not in ("pk", "sk")}

    async def keep(self, fingerprints: Mapping[str, str]) -> None:
        """From now on it is served with these."""
        row: Item = {"pk": KEY.pk, "sk": KEY.sk, **fingerprints}
        await self.tables.directory().write([Put(row)])
