"""What is known of a charge point's connections: how they do, what it does oddly."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.charging.ports import Key, Put, Tables
from app.edge_messages import Observed
from app.records import keys
from app.records.codec import from_item, to_item

MOST_KINDS = 40
FORGOTTEN_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Oddity:
    """A soft error: how often so far, and when it was last told of."""

    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Observation:
    """The newest report of a charge point's edge, and its oddities of all connections."""

    epoch: int
    at: datetime
    since: datetime
    frames: int = 0
    malformed: int = 0
    refused: int = 0
    timeouts: int = 0
    answers: int = 0
    answer_p50_ms: int | None = None
    answer_max_ms: int | None = None
    oddities: dict[str, Oddity] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    """Of the oddities, what this connection has told so far."""


@dataclass(frozen=True, slots=True)
class Observations:
    """One row for each charge point; a report that is lost is made up for by the next."""

    tables: Tables

    async def find(self, tenant: str, charge_point: str) -> Observation | None:
        """The newest, or None."""
        item = await self.tables.tenant(tenant).get(_key(tenant, charge_point))
        return None if item is None else from_item(Observation, item)

    async def keep(
        self, tenant: str, charge_point: str, epoch: int, said: Observed, now: datetime
    ) -> None:
        """Keep a report, unless a newer connection has told of itself."""
        before = await self.find(tenant, charge_point)
        if before is not None and before.epoch > epoch:
            return
        key = _key(tenant, charge_point)
        after = told(before, epoch, said, now)
        await self.tables.tenant(tenant).write([Put(to_item(key.pk, key.sk, after))])


def told(before: Observation | None, epoch: int, said: Observed, now: datetime) -> Observation:
    """What is known after a report: its numbers are totals of one connection."""
    oddities = dict(before.oddities) if before is not None else {}
    same = before is not None and before.epoch == epoch
    counted = before.counted if same and before is not None else {}
    for kind, count in said.oddities.items():
        more = count - counted.get(kind, 0)
        if more > 0:
            known = oddities.get(kind)
            oddities[kind] = Oddity(more + (known.count if known else 0), now)
    recent = {kind: o for kind, o in oddities.items() if now - o.last_at < FORGOTTEN_AFTER}
    newest = sorted(recent, key=lambda kind: recent[kind].last_at, reverse=True)[:MOST_KINDS]
    return Observation(
        epoch=epoch,
        at=now,
        since=said.since,
        frames=said.frames,
        malformed=said.malformed,
        refused=said.refused,
        timeouts=said.timeouts,
        answers=said.answers,
        answer_p50_ms=said.answer_p50_ms,
        answer_max_ms=said.answer_max_ms,
        oddities={kind: recent[kind] for kind in newest},
        counted=dict(said.oddities),
    )


def _key(tenant: str, charge_point: str) -> Key:
    return Key(keys.charge_point_pk(tenant, charge_point), "OBSERVED")
