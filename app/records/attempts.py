"""How often something was tried, in rows of the directory, so that every process counts together.

One row per thing, who, and window of time. Who is hashed: no list of e-mail addresses builds up.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from app.charging.errors import ConditionFailed, TooMany
from app.charging.ports import Absent, AtMost, Clock, Delete, Key, Put, Tables, Update
from app.records import keys

_KIND = "attempts"


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many tries in so long a time."""

    count: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class Attempts:
    """Counts tries and refuses the one too many."""

    tables: Tables
    clock: Clock

    async def take(self, what: str, who: str, allowance: Allowance) -> None:
        """Count one; raises ``TooMany`` when the window's allowance is used up."""
        now, within = int(self.clock.now().timestamp()), int(allowance.within.total_seconds())
        window, gone = divmod(now, within)
        key = _key(what, who, window)
        ends = (window + 1) * within
        if not await self._count(key, allowance.count, ends):
            raise TooMany(
                f"too many tries; please wait {_in_words(within - gone)}",
                retry_after_s=within - gone,
            )

    async def forget(self, what: str, who: str, allowance: Allowance) -> None:
        """Start afresh, because it went well."""
        window = int(self.clock.now().timestamp()) // int(allowance.within.total_seconds())
        await self.tables.directory().write([Delete(_key(what, who, window))])

    async def _count(self, key: Key, limit: int, ends: int) -> bool:
        table = self.tables.directory()
        one_more = Update(key, add={"count": 1}, condition=AtMost("count", limit - 1))
        first = Put({"pk": key.pk, "sk": key.sk, "count": 1, "expires_at": ends}, Absent())
        for operation in (one_more, first, one_more):
            try:
                await table.write([operation])
            except ConditionFailed:
                continue
            return True
        return False


def _key(what: str, who: str, window: int) -> Key:
    digest = hashlib.sha256(who.encode()).hexdigest()[:32]
    return keys.directory(_KIND, f"{what}#{digest}#{window}")


def _in_words(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
