"""What a meter's samples mean, in every version of OCPP: which value of which is wanted.

OCPP 1.6 §7.33 SampledValue, OCPP 2.0.1 §2.45 SampledValueType: the same measurands, contexts and
phases, and the same habits of charge points.
"""

import math
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from app.edge_messages import Reading

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

Found = list[list[Sample] | None]
"""The samples of one moment, by field."""


def nothing_found() -> Found:
    """To put the samples of one moment in."""
    return [None, None, None, None, None]


def add(found: Found, field: int, sample: Sample) -> None:
    """One more; what cannot have been measured is passed over."""
    if not -LARGEST < sample[2] < LARGEST:
        return
    others = found[field]
    if others is None:
        found[field] = [sample]
    else:
        others.append(sample)


def reading_of(found: Found, at: datetime) -> Reading | None:
    """What they say together; None where they say nothing."""
    energy, power, soc, current, voltage = found
    if not (energy or power or soc or current or voltage):
        return None
    return Reading(
        at,
        round(_one(energy, sum)) if energy else None,
        round(_one(power, sum)) if power else None,
        min(max(round(_one(soc, max)), 0), 100) if soc else None,
        round(_one(current, max)) if current else None,
        round(_one(voltage, _mean)) if voltage else None,
    )


@lru_cache(maxsize=1024)  # a charge point says the same about its samples all day
def place(
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


def unusual_number(text: str, factor: int) -> float:
    """`12,5`; not a number for what is none."""
    try:
        return float(text.replace(",", ".")) * factor
    except ValueError:
        return math.nan


def is_signed(value: object) -> bool:
    """Whether a value is a meter's signed statement that is not marked as one (OCMF)."""
    return isinstance(value, str) and value.startswith("OCMF|")
