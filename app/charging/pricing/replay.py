"""The readings of a session priced once more from the first: what a receipt shows and checks."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from app.charging.pricing.registers import Register
from app.charging.pricing.stretches import UWH_PER_WH
from app.charging.pricing.tally import Listener, Tally, begun, read
from app.charging.pricing.tariff import Tariff


class Reading(Protocol):
    """What a register showed at a moment; None where only something else was told."""

    @property
    def at(self) -> datetime:
        """When."""
        ...

    @property
    def meter_wh(self) -> int | None:
        """The register."""
        ...

    @property
    def from_wh(self) -> int | None:
        """Where the register had stood before, if elsewhere than at the last reading."""
        ...


def replayed(
    tariff: Tariff, readings: Iterable[Reading], tell: Listener | None = None
) -> Tally | None:
    """The tally that these readings make, the first being the register at the start; None without
    any. ``tell`` hears of each part.
    """
    tally: Tally | None = None
    for at, energy_wh in energies(readings):
        if tally is None:
            tally = begun(at)
        tally = read(tariff, tally, at, energy_wh * UWH_PER_WH, tell)
    return tally


def energies(readings: Iterable[Reading]) -> Iterator[tuple[datetime, int]]:
    """How much energy had flowed since the first reading, in Wh, at each that has a register."""
    register: Register | None = None
    for reading in readings:
        if reading.meter_wh is not None:
            register = register or Register(reading.meter_wh, reading.meter_wh)
            if reading.from_wh is not None:
                register = register.going_on_from(reading.from_wh)
            register = register.told(reading.meter_wh)
            yield reading.at, register.energy_wh
