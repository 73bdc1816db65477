"""How far a charge point's clock is believed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.edge_messages import Reading

AHEAD = timedelta(minutes=5)
"""A clock may go wrong by so much."""
BEHIND = timedelta(days=7)
"""What was queued while offline may be told this much later."""
USUAL_LAG = timedelta(minutes=2)
"""Readings wait so long for their bundle; a clock that is further behind is slow."""


def trusted_time(said: datetime, now: datetime) -> datetime:
    """The moment a charge point named, or now where its clock cannot be right (1970, zones)."""
    return said if now - BEHIND <= said <= now else now


def lag_s(at: datetime, now: datetime) -> int:
    """How long after it happened something was heard of, beyond what is usual."""
    lag = now - at
    return int(lag.total_seconds()) if lag > USUAL_LAG else 0


def trusted_readings(readings: Sequence[Reading], now: datetime) -> list[tuple[datetime, Reading]]:
    """Readings in order, none later than now.

    Where no moment can be right they end now, as far apart as they were told. Beside moments that
    can be right, the others are passed over: their order would be a guess, and a register that
    seems to go back counts as a reset.
    """
    in_order = sorted(readings, key=lambda reading: reading.at)
    believed = [r for r in in_order if now - BEHIND <= r.at <= now + AHEAD]
    kept = believed or in_order
    if not kept:
        return []
    newest = kept[-1].at
    shift = newest - now if newest > now or not believed else timedelta()
    return [(reading.at - shift, reading) for reading in kept]
