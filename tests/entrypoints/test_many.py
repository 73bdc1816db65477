"""Many shards, many owners: one that is slow or broken keeps none of the others."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime

from app.charging.errors import Unavailable
from app.entrypoints.loops import LOOKS_AT_ONCE, watch_for_ever
from app.entrypoints.sweeping import sweep_once
from app.records.effects import EffectRef
from app.records.owners import Tenant
from app.telemetry.numbers import Numbers

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Shards:
    """A flow of four shards: one never answers before the others have, one is broken."""

    shards = 4

    def __init__(self) -> None:
        self.sessions = self.clock = self
        self.numbers = Numbers()
        self.swept: set[str] = set()
        self.others_are_done = asyncio.Event()

    def now(self) -> datetime:
        return NOW

    async def sweep(self, shard: str, hand_over: object = None) -> int:
        if shard == "DUE#0":
            await self.others_are_done.wait()
        if shard == "DUE#1":
            raise Unavailable("it throttles")
        self.numbers.sweeping.found([int(shard[-1]) * 1000] * 10)
        self.swept.add(shard)
        if len(self.swept) == 2:
            self.others_are_done.set()
        return 10


async def test_every_shard_is_swept_though_one_is_slow_and_one_is_broken() -> None:
    async def hands_over(_: EffectRef) -> None: ...

    flow = Shards()
    async with asyncio.timeout(5):
        swept = await sweep_once(flow, hands_over)  # type: ignore[arg-type]  # only its sweep
    assert flow.swept == {"DUE#0", "DUE#2", "DUE#3"}
    assert swept.count == 30
    assert swept.oldest_s == 3


async def test_a_wallet_that_does_not_answer_keeps_no_other_from_being_looked_at() -> None:
    everybody = [
        Tenant(f"t{n}", "A", "active" if n != 5 else "suspended", "live", "a@example.org", NOW)
        for n in range(3 * LOOKS_AT_ONCE)
    ]
    looked, all_others = set[str](), asyncio.Event()

    async def tenants() -> list[Tenant]:
        return everybody

    async def look(tenant: str) -> None:
        if tenant == "t0":
            await asyncio.Event().wait()
        looked.add(tenant)
        if len(looked) == len(everybody) - 2:
            all_others.set()
        if tenant == "t1":
            raise Unavailable("gone")

    class Pauses:
        def now(self) -> datetime:
            return NOW

        async def sleep(self, _: float) -> None: ...

    watch = asyncio.create_task(watch_for_ever("wallet", tenants, look, Pauses(), every_s=1))
    async with asyncio.timeout(5):
        await all_others.wait()
    assert looked == {each.id for each in everybody} - {"t0", "t5"}
    watch.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watch
