"""What a table does on a bad day, by seed: it throttles, conflicts, loses answers, changes."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.charging.errors import StorageConflict, StorageThrottled, StorageUncertain, StromError
from app.charging.ports import Equals, Key, Operation, Update
from app.storage.scope import Engine, Scope


@dataclass(frozen=True)
class Forecast:
    """How often, of a hundred calls."""

    seed: int = 0
    throttled: int = 0
    """Of writes; of reads a fourth as many: every question takes a dozen of them."""
    conflicts: int = 0
    lost_answers: int = 0
    """After the write has happened."""
    changed: int = 0
    """Of writes that expect a version: another process has written the row just before."""
    slow: int = 0


CALM = Forecast()


@dataclass
class Weather:
    """Begins when it is told to."""

    forecast: Forecast
    is_on: bool = False
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.forecast.seed)

    async def before_read(self) -> None:
        if self._falls("slow"):
            await asyncio.sleep(self._chance.uniform(0.05, 0.4))
        if self._falls("throttled", reads=4):
            raise StorageThrottled("the table is throttled")

    async def before_write(
        self, engine: Engine, scope: Scope, operations: Sequence[Operation]
    ) -> None:
        if self._falls("throttled"):
            raise StorageThrottled("the table is throttled")
        if self._falls("conflicts"):
            raise StorageConflict("another transaction holds these rows")
        for operation in operations:
            condition = operation.condition
            if not isinstance(condition, Equals) or "version" not in condition.values:
                continue
            if self._falls("changed"):
                await self._change(engine, scope, operation.key, condition)

    async def after_write(self) -> None:
        if self._falls("lost_answers"):
            raise StorageUncertain("the answer was lost")

    async def _change(self, engine: Engine, scope: Scope, key: Key, condition: Equals) -> None:
        """As another process would: the same row under the next version."""
        try:
            change = Update(key, add={"version": 1}, condition=condition)
            await engine.write(scope, [change])
        except StromError:
            return

    def _falls(self, what: str, reads: int = 1) -> bool:
        if not self.is_on or self._chance.randrange(100 * reads) >= getattr(self.forecast, what):
            return False
        self.seen[what] += 1
        return True
