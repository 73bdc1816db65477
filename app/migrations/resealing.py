"""Bringing what owners entrusted to us under a new master key.

A sealed secret is found by how it begins, wherever it lies in a row: as bytes, or as hex within a
text. Only its data key is wrapped anew, by one conditional write for each row; so a run that was
cut off is run again, and what another process writes meanwhile is not undone.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.charging.errors import ConditionFailed, Conflict
from app.charging.ports import Item, Key, Value
from app.envelope import KeyFile, rewrapped, sealed_under
from app.migrations.migrating import MOST_ATTEMPTS, replacing
from app.records.whole import WholeTable

Rewraps = Callable[[bytes], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Resealer:
    """Goes through one table."""

    table: WholeTable
    keys: KeyFile

    async def reseal(self) -> int:
        """How many rows held what was sealed under a key before. Raises ``Conflict``."""
        changed, start = 0, None
        while True:
            page = await self.table.page(start)
            for item in page.items:
                changed += await self._change(item)
            if page.next_start is None:
                return changed
            start = page.next_start

    async def _change(self, item: Item) -> bool:
        current: Item | None = item
        for _ in range(MOST_ATTEMPTS):
            if current is None:
                return False
            after = await self._resealed(current)
            if after == current:
                return False
            try:
                await self.table.write([replacing(current, after)])
            except ConditionFailed:
                current = await self.table.get(Key(str(item["pk"]), str(item["sk"])))
            else:
                return True
        raise Conflict("a row is written to while its secrets are sealed anew; try again")

    async def _resealed(self, item: Item) -> Item:
        tenant = str(item["pk"]).split("#")[1]

        async def rewraps(sealed: bytes) -> bytes:
            return await rewrapped(self.keys, tenant, sealed)

        heads = tuple(sealed_under(each) for each in self.keys.older_ids)
        return {name: await _anew(value, heads, rewraps) for name, value in item.items()}


async def _anew(value: Value, heads: tuple[bytes, ...], rewraps: Rewraps) -> Value:
    match value:
        case bytes() if value.startswith(heads):
            return await rewraps(value)
        case str():
            for found in _in_hex(value, heads):
                value = value.replace(found, (await rewraps(bytes.fromhex(found))).hex())
        case list():
            return [await _anew(each, heads, rewraps) for each in value]
        case dict():
            return {name: await _anew(each, heads, rewraps) for name, each in value.items()}
    return value


def _in_hex(text: str, heads: tuple[bytes, ...]) -> list[str]:
    return [
        found
        for head in heads
        for found in re.findall(rf"\b{head.hex()}(?:[0-9a-f]{{2}})+\b", text)
    ]
