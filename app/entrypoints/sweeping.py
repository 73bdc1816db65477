"""Sweeping: in one process, or where what is found is handed over to a queue."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from app.charging.errors import StromError
from app.charging.ports import Clock
from app.flow import Flow
from app.records.codec import to_ms
from app.records.effects import EffectRef
from app.telemetry.numbers import Swept

log = logging.getLogger(__name__)

HandsOver = Callable[[EffectRef], Awaitable[object]]
AGAIN_AFTER_S = 20
"""What was handed over is handed over again when it is still due then."""
_MOST = 100_000


@dataclass(slots=True)
class HandedOver:
    """Hands over, but not the same thing at every turn while it waits in the queue."""

    hands_over: HandsOver
    clock: Clock
    _at: OrderedDict[EffectRef, float] = field(default_factory=OrderedDict)

    async def __call__(self, ref: EffectRef) -> None:
        """Hand it over, if that was not done just now."""
        now = self.clock.now().timestamp()
        if abs(now - self._at.get(ref, 0)) < AGAIN_AFTER_S:  # also when the clock was set back
            return
        await self.hands_over(ref)
        self._at[ref] = now
        self._at.move_to_end(ref)
        while len(self._at) > _MOST or now - next(iter(self._at.values())) > AGAIN_AFTER_S:
            self._at.popitem(last=False)


async def sweep_once(flow: Flow, hands_over: HandsOver | None = None) -> Swept:
    """Look at every shard once, at all of them side by side: what is due in one waits for none of
    the others, and one that cannot be read does not keep them.

    ``hands_over``: to whom what is found, where this process may not perform it.
    """
    began = flow.clock.now()
    shards = [f"DUE#{number}" for number in range(flow.sessions.shards)]
    await asyncio.gather(*(_sweep_shard(flow, shard, hands_over) for shard in shards))
    return flow.numbers.sweep_over((flow.clock.now() - began).total_seconds())


async def _sweep_shard(flow: Flow, shard: str, hands_over: HandsOver | None) -> None:
    try:
        await flow.sweep(shard, hand_over=hands_over)
    except StromError as error:
        log.warning("sweep: %s", error)
    except Exception:
        log.exception("sweep")


async def sweep_and_hand_over(
    flow: Flow, clock: Clock, hands_over: HandsOver, every_s: float
) -> None:
    """Again and again, until cancelled."""
    handed = HandedOver(hands_over, clock)
    while True:
        await sweep_once(flow, handed)
        await clock.sleep(every_s)


async def oldest_overdue_s(flow: Flow, shard: str) -> float:
    """How late the oldest thing in a shard is."""
    now_ms = to_ms(flow.clock.now())
    page = await flow.tables.due().query_due(shard, until_ms=now_ms, limit=1)
    dues = [item["due_at"] for item in page.items]
    return max((now_ms - due for due in dues if isinstance(due, int)), default=0) / 1000
