"""Time as the charger feels it, faster than the wall clock when a test is in a hurry."""

import asyncio
from datetime import UTC, datetime


class Pace:
    """Two scales: one for energy, one for the charger's own timers. Dates stay true."""

    def __init__(self, *, speed: float = 1.0, timer_speed: float = 1.0) -> None:
        self.speed = speed
        self.timer_speed = timer_speed

    def energy_ms(self) -> int:
        """Milliseconds on the scale of energy, from an arbitrary start."""
        return int(asyncio.get_running_loop().time() * 1000 * self.speed)

    def timer_s(self, seconds: float) -> float:
        """How long a timer of the charger really takes."""
        return seconds / self.timer_speed

    def sample_s(self, seconds: float, *, at_least: float) -> float:
        """How long the space between two readings really is."""
        return max(seconds / self.speed, at_least) if self.speed else at_least


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """As OCPP writes it: UTC, milliseconds, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
