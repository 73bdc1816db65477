"""A charge that nobody has made, to show what a tariff would make of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.charging.errors import BadInput
from app.charging.pricing.itemised import Itemised, itemised
from app.charging.pricing.tariff import Tariff

_MOST_WH = 1_000_000
_MOST_W = 1_000_000
_MOST_STANDING = timedelta(days=2)
_LONGEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Example:
    """So much energy at a steady power from a moment on; then the car stands for a while."""

    begins: datetime
    energy_wh: int
    power_w: int
    standing: timedelta = timedelta()

    @property
    def ends(self) -> datetime:
        """When the energy is in."""
        return self.begins + timedelta(seconds=self.energy_wh * 3600 // self.power_w)


@dataclass(frozen=True, slots=True)
class _Reading:
    at: datetime
    meter_wh: int
    from_wh: None = None


def priced(tariff: Tariff, example: Example) -> Itemised:
    """What it would cost, item by item; raises ``BadInput`` with the field."""
    if not 1 <= example.energy_wh <= _MOST_WH:
        raise BadInput("more than 0, at most 1000 kWh", field="energy_wh")
    if not 1 <= example.power_w <= _MOST_W:
        raise BadInput("more than 0, at most 1000 kW", field="power_w")
    if example.ends - example.begins > _LONGEST:
        raise BadInput("at this power that takes more than a week", field="power_w")
    if not timedelta() <= example.standing <= _MOST_STANDING:
        raise BadInput("from 0 to 48 hours", field="standing_min")
    readings = [
        _Reading(example.begins, 0),
        _Reading(example.ends, example.energy_wh),
        _Reading(example.ends + example.standing, example.energy_wh),
    ]
    found = itemised(tariff, readings)
    assert found is not None  # there are readings
    return found
