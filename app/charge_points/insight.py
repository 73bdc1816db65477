"""How a charge point's connection does, for its owner to read."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.charge_points.oddities import drop_words, words
from app.records.charge_points import Connection
from app.records.live import LiveChargers
from app.records.observations import Observation, Observations
from app.records.views import DropView, OddityView, QualityView

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ConnectionQuality:
    """What the edge has told of connections."""

    live: LiveChargers

    async def of(self, tenant: str, charge_point: str) -> QualityView:
        """Of one charge point."""
        connection = await self.live.connection(tenant, charge_point)
        seen = await Observations(self.live.tables).find(tenant, charge_point)
        since = connection.changed_at if connection.connected else None
        drops = _drops(connection, self.live.clock.now())
        if seen is None:
            return QualityView(connected_since=since, drops=drops)
        return QualityView(
            connected_since=since,
            told_at=seen.at,
            frames=seen.frames,
            frames_per_minute=_per_minute(seen),
            malformed=seen.malformed,
            refused=seen.refused,
            timeouts=seen.timeouts,
            answers=seen.answers,
            answer_p50_ms=seen.answer_p50_ms,
            answer_max_ms=seen.answer_max_ms,
            drops=drops,
            oddities=tuple(
                OddityView(kind, words(kind), oddity.count, oddity.last_at)
                for kind, oddity in seen.oddities.items()
            ),
        )


def _drops(connection: Connection, now: datetime) -> tuple[DropView, ...]:
    ends = [drop.split(" ", 1) for drop in connection.drops]
    drops = [(datetime.fromtimestamp(int(at), UTC), reason) for at, reason in ends]
    if connection.changed_at is not None and not connection.connected:
        drops.append((connection.changed_at, connection.drop or "lost"))
    return tuple(
        DropView(at, reason, drop_words(reason))
        for at, reason in reversed(drops)
        if now - at <= A_DAY
    )


def _per_minute(seen: Observation) -> Decimal | None:
    seconds = int((seen.at - seen.since).total_seconds())
    return round(Decimal(seen.frames * 60) / seconds, 1) if seconds > 0 else None
