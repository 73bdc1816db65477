"""What a meter can show, by the names of OCPP."""

from collections.abc import Callable
from typing import NamedTuple

from app.simulator.core.meter import Reading

ENERGY = "Energy.Active.Import.Register"


class Sample(NamedTuple):
    """One measured value; the number as text, exact."""

    measurand: str
    value: str
    unit: str


def _current(reading: Reading) -> tuple[str, str]:
    tenths = reading.power_w * 10 // (reading.phases * reading.voltage_v)
    return f"{tenths // 10}.{tenths % 10}", "A"


def _soc(reading: Reading) -> tuple[str, str] | None:
    return None if reading.soc_percent is None else (str(reading.soc_percent), "Percent")


MEASURED: dict[str, Callable[[Reading], tuple[str, str] | None]] = {
    ENERGY: lambda reading: (str(reading.register_wh), "Wh"),
    "Power.Active.Import": lambda reading: (str(reading.power_w), "W"),
    "Power.Offered": lambda reading: (str(reading.offered_w), "W"),
    "Current.Import": _current,
    "Voltage": lambda reading: (str(reading.voltage_v), "V"),
    "SoC": _soc,
}
"""Every measurand this charger can show."""


def samples(reading: Reading, measurands: str) -> list[Sample]:
    """The listed measurands that can be shown just now."""
    shown: list[Sample] = []
    for name in measurands.split(","):
        measure = MEASURED.get(name.strip())
        if measure and (value := measure(reading)):
            shown.append(Sample(name.strip(), *value))
    return shown
