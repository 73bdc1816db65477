"""Readings in OCPP's words: the sampled values of MeterValues and StopTransaction."""

from collections.abc import Callable
from datetime import datetime

from app.simulator.meter import Reading
from app.simulator.pace import timestamp

SampledValue = dict[str, str]


def _energy(reading: Reading) -> tuple[str, str]:
    return str(reading.register_wh), "Wh"


def _power(reading: Reading) -> tuple[str, str]:
    return str(reading.power_w), "W"


def _offered(reading: Reading) -> tuple[str, str]:
    return str(reading.offered_w), "W"


def _current(reading: Reading) -> tuple[str, str]:
    tenths = reading.power_w * 10 // (reading.phases * reading.voltage_v)
    return f"{tenths // 10}.{tenths % 10}", "A"


def _voltage(reading: Reading) -> tuple[str, str]:
    return str(reading.voltage_v), "V"


def _soc(reading: Reading) -> tuple[str, str] | None:
    return None if reading.soc_percent is None else (str(reading.soc_percent), "Percent")


MEASURED: dict[str, Callable[[Reading], tuple[str, str] | None]] = {
    "Energy.Active.Import.Register": _energy,
    "Power.Active.Import": _power,
    "Power.Offered": _offered,
    "Current.Import": _current,
    "Voltage": _voltage,
    "SoC": _soc,
}
"""Every measurand this charger can show."""


def meter_value(
    reading: Reading, measurands: str, *, moment: datetime, context: str
) -> dict[str, object]:
    """One element of ``meterValue``: the listed measurands that can be shown just now."""
    values: list[SampledValue] = []
    for name in measurands.split(","):
        measure = MEASURED.get(name.strip())
        shown = measure(reading) if measure else None
        if shown:
            value, unit = shown
            values.append(
                {"value": value, "context": context, "measurand": name.strip(), "unit": unit}
            )
    if not values:
        # The schema wants at least one, and a central system takes no measurand to be energy.
        values = [{"value": str(reading.register_wh), "context": context}]
    return {"timestamp": timestamp(moment), "sampledValue": values}
