"""Readings that leave the session's row, in chunks that form a chain.

A chunk is written before the session that counts it, and in vain where that write is lost to
another's. So each names itself by what it holds and by the one before it, and the session names the
last: what hangs on it has been counted, all of it, and nothing else.
"""

from dataclasses import dataclass
from hashlib import sha256

from app.charging.session import MeterReading

_NAME_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Chunk:
    """Readings in the order in which they were counted; ``number`` from 1, ``before`` the name of
    the chunk before, empty for the first.
    """

    number: int
    before: str
    readings: tuple[MeterReading, ...]

    @property
    def name(self) -> str:
        """Another one for other readings, and for the same after others."""
        told = [_told(reading) for reading in self.readings]
        return sha256(f"{self.number} {self.before} {told}".encode()).hexdigest()[:_NAME_LENGTH]


def _told(reading: MeterReading) -> tuple[float | int | None, ...]:
    told = (reading.at.timestamp(), reading.meter_wh, reading.power_w, reading.soc_percent)
    doubt = (reading.doubted_wh, reading.from_wh)
    return told if doubt == (None, None) else (*told, *doubt)
