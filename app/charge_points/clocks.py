"""How far a charge point's clock is believed."""

from datetime import datetime, timedelta

AHEAD = timedelta(minutes=5)
BEHIND = timedelta(days=7)
"""What was queued while offline may be told this much later."""


def trusted_time(said: datetime, now: datetime) -> datetime:
    """The moment a charge point named, or now where its clock cannot be right (1970, zones)."""
    return said if now - BEHIND <= said <= now + AHEAD else now
