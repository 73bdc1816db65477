"""MeterValues (OCPP 1.6 §4.7, §7.17 MeterValue, §7.33 SampledValue)."""

import math
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from app.edge_messages import Reading, Readings
from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload

ENERGY, POWER, SOC, CURRENT, VOLTAGE = range(5)
DEFAULT_MEASURAND = "Energy.Active.Import.Register"
LARGEST = 1e15
"""Nothing a charge point measures is larger, and up to here floats count exactly."""

# (measurand, unit) → field, factor. Without a unit: what §7.37 and the measurand imply.
FIELDS: dict[tuple[str | None, str | None], tuple[int, int]] = {
    (measurand, unit): (field, factor)
    for measurands, field, units in (
        (
            (None, DEFAULT_MEASURAND),
            ENERGY,
            {None: 1, "Wh": 1, "kWh": 1000},
        ),
        (("Power.Active.Import",), POWER, {None: 1, "W": 1, "kW": 1000}),
        (("SoC",), SOC, {None: 1, "Percent": 1, "%": 1}),
        (("Current.Import",), CURRENT, {None: 1000, "A": 1000, "mA": 1}),
        (("Voltage",), VOLTAGE, {None: 1000, "V": 1000}),
    )
    for measurand in measurands
    for unit, factor in units.items()
}
UNITS = {unit.lower(): unit for _, unit in FIELDS if unit is not None}

# One measurand can come in several contexts at one moment: the lowest rank is taken.
RANKS: dict[str | None, int] = {
    None: 0,
    "Sample.Periodic": 0,
    "Transaction.End": 1,
    "Trigger": 2,
    "Sample.Clock": 3,
    "Other": 4,
    "Interruption.End": 5,
    "Interruption.Begin": 6,
    "Transaction.Begin": 7,
}
WORST_RANK = 8
# L1-N and L1 name the same wire; values between phases or of the neutral are no part of a sum.
WIRES = {"L1": "L1", "L2": "L2", "L3": "L3", "L1-N": "L1", "L2-N": "L2", "L3-N": "L3"}
ELSEWHERE_RANK = 10
"""Energy and power are wanted where the owner sells them: at the outlet, which is the default."""

Sample = tuple[int, str | None, float]
"""Rank, phase, value. A float holds what 15 digits can say; it is rounded to whole units."""


def receive(payload: Payload, context: Context) -> Answered:
    """Answer at once; the readings go to the app."""
    transaction_id = payload.get("transactionId")
    readings = read_all(payload["meterValue"], context.moment)
    if not readings:
        return Answered({})
    if transaction_id is not None and transaction_id <= 0:  # 0 and -1 are never ours
        transaction_id = None
    said = Readings(payload["connectorId"], transaction_id, readings)
    return Answered({}, said)


def read_all(
    meter_values: list[dict[str, Any]], moment: Callable[[object], datetime]
) -> tuple[Reading, ...]:
    """All moments that say anything we want, in the order given."""
    readings = []
    for meter_value in meter_values:
        samples = meter_value.get("sampledValue")
        if samples:
            reading = _read(samples, moment(meter_value.get("timestamp")))
            if reading is not None:
                readings.append(reading)
    return tuple(readings)


def _read(samples: list[dict[str, Any]], at: datetime) -> Reading | None:
    found: list[list[Sample] | None] = [None, None, None, None, None]
    anything = False
    for sample in samples:
        get = sample.get
        place = _place(
            get("measurand"),
            get("unit"),
            get("context"),
            get("phase"),
            get("location"),
            get("format"),
        )
        if place is None:
            continue
        field, factor, rank, phase = place
        try:
            value = float(sample["value"]) * factor
        except ValueError:
            value = _unusual_number(sample["value"], factor)
        if not -LARGEST < value < LARGEST:
            continue
        others = found[field]
        if others is None:
            found[field] = [(rank, phase, value)]
            anything = True
        else:
            others.append((rank, phase, value))
    if not anything:
        return None
    energy, power, soc, current, voltage = found
    return Reading(
        at,
        round(_one(energy, sum)) if energy else None,
        round(_one(power, sum)) if power else None,
        min(max(round(_one(soc, max)), 0), 100) if soc else None,
        round(_one(current, max)) if current else None,
        round(_one(voltage, _mean)) if voltage else None,
    )


@lru_cache(maxsize=1024)  # a charge point says the same about its samples all day
def _place(
    measurand: str | None,
    unit: str | None,
    context: str | None,
    phase: str | None,
    location: str | None,
    form: str | None,
) -> tuple[int, int, int, str | None] | None:
    """Field, factor to our unit, rank and phase of a sample; None if we do not want it."""
    found = FIELDS.get((measurand, unit))
    if found is None and unit is not None:  # `KWH`, or an empty unit
        found = FIELDS.get((measurand, UNITS.get(unit.strip().lower())))
    if found is None or form == "SignedData":
        return None
    field, factor = found
    rank = RANKS.get(context, WORST_RANK)
    if field <= POWER and location not in (None, "Outlet"):
        rank += ELSEWHERE_RANK
    return field, factor, rank, phase


def _one(samples: list[Sample], over_phases: Callable[[list[float]], float]) -> float:
    """One value: of the best context, and for all phases together where that is told."""
    if len(samples) == 1:
        return samples[0][2]
    best = min(rank for rank, _, _ in samples)
    phases: dict[str, float] = {}
    for rank, phase, value in samples:
        if rank == best:
            if phase is None:
                return value
            wire = WIRES.get(phase)
            if wire is not None:
                phases[wire] = value
    if not phases:  # the neutral, or values between phases, and nothing else
        return next(value for rank, _, value in samples if rank == best)
    return over_phases(list(phases.values()))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _unusual_number(text: str, factor: int) -> float:
    """`12,5`; not a number for what is none."""
    try:
        return float(text.replace(",", ".")) * factor
    except ValueError:
        return math.nan
