"""A stretch of a session, in which energy flows evenly, and the pieces it is priced in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

UWH_PER_WH = 1_000_000
UWH_PER_KWH = 1_000_000_000


class Doing(Enum):
    """What goes on while time passes."""

    CHARGING = "charging"
    PARKING = "parking"
    """Plugged in, and for longer than the grace not charging."""
    PAUSED = "paused"
    """Not charging, for less."""
    RESERVED = "reserved"
    EXPIRED = "expired"
    """Of a reservation that nobody used."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one moment and register to the next, on a straight line.

    Moments in µs since 1970, energy in µWh since the session began: so fine that where a price
    changes between two readings, what falls to each side is rounded far below a msat.
    ``current_a`` is that over all phases, where it was measured.
    """

    begins_us: int
    ends_us: int
    from_uwh: int
    to_uwh: int
    doing: Doing = Doing.CHARGING
    current_a: Decimal | None = None

    @property
    def duration_us(self) -> int:
        """How long it takes."""
        return self.ends_us - self.begins_us

    @property
    def energy_uwh(self) -> int:
        """How much flows."""
        return self.to_uwh - self.from_uwh

    @property
    def power_kw(self) -> Decimal:
        """The mean power: with it prices can be recomputed from the register alone."""
        if self.duration_us <= 0:
            return Decimal(0)
        return Decimal(self.energy_uwh) * 36 / (Decimal(self.duration_us) * 10)

    def energy_at(self, at_us: int) -> int:
        """The register at a moment within, rounded down; always reckoned from the whole line, so
        that a reading on it changes nothing."""
        if self.duration_us <= 0:
            return self.to_uwh
        passed_us = at_us - self.begins_us
        return self.from_uwh + self.energy_uwh * passed_us // self.duration_us

    def moment_at(self, register_uwh: int) -> int:
        """The moment, rounded down, at which the register shows so much."""
        if self.energy_uwh <= 0:
            return self.begins_us
        passed_uwh = register_uwh - self.from_uwh
        return self.begins_us + self.duration_us * passed_uwh // self.energy_uwh


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a stretch within which no price changes."""

    begins_us: int
    ends_us: int
    from_uwh: int
    to_uwh: int
    stretch: Stretch


def pieces(
    stretch: Stretch, moments_us: Iterable[int], registers_uwh: Iterable[int]
) -> Iterator[Piece]:
    """The stretch cut at moments and at registers, those that lie within it."""
    cuts = [(at, stretch.energy_at(at)) for at in moments_us]
    cuts += [(stretch.moment_at(uwh), uwh) for uwh in registers_uwh]
    cuts.append((stretch.ends_us, stretch.to_uwh))
    if len(cuts) > 1:
        cuts.sort()
    begins_us, from_uwh = stretch.begins_us, stretch.from_uwh
    for ends_us, to_uwh in cuts:
        if (ends_us, to_uwh) != (begins_us, from_uwh):
            yield Piece(begins_us, ends_us, from_uwh, to_uwh, stretch)
            begins_us, from_uwh = ends_us, to_uwh
