"""MeterValues (OCPP 1.6 §4.7, §7.17 MeterValue, §7.33 SampledValue)."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from app.edge_messages import Reading, Readings
from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload

ENERGY, POWER, SOC, CURRENT, VOLTAGE = range(5)
DEFAULT_MEASURAND = "Energy.Active.Import.Register"
LARGEST = 10**15
"""Nothing a charge point measures is larger; keeps `1e999999` from becoming an integer."""

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
ELSEWHERE_RANK = 10
"""Energy and power are wanted where the owner sells them: at the outlet, which is the default."""

Sample = tuple[int, str | None, int]
"""Rank, phase, value."""


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
        measurand, unit = get("measurand"), get("unit")
        place = FIELDS.get((measurand, unit)) or _unusual_unit(measurand, unit)
        if place is None or get("format") == "SignedData":
            continue
        field, factor = place
        value = _number(get("value"), factor)
        if value is None:
            continue
        rank = RANKS.get(get("context"), WORST_RANK)
        if field <= POWER and get("location", "Outlet") != "Outlet":
            rank += ELSEWHERE_RANK
        entry = (rank, get("phase"), value)
        samples_found = found[field]
        if samples_found is None:
            found[field] = [entry]
        else:
            samples_found.append(entry)
        anything = True
    if not anything:
        return None
    energy, power, soc, current, voltage = found
    return Reading(
        at,
        _one(energy, _sum) if energy else None,
        _one(power, _sum) if power else None,
        min(max(_one(soc, _sum), 0), 100) if soc else None,
        _one(current, max) if current else None,
        _one(voltage, _mean) if voltage else None,
    )


def _one(samples: list[Sample], over_phases: Callable[[list[int]], int]) -> int:
    """One value: of the best context, and for all phases together where that is told."""
    if len(samples) == 1:
        return samples[0][2]
    best = min(sample[0] for sample in samples)
    phases: dict[str, int] = {}
    for rank, phase, value in samples:
        if rank == best:
            if phase is None:
                return value
            phases[phase] = value
    # L1-N and L1 name the same wire; values between phases or of the neutral are no part of a sum.
    wires = {p.removesuffix("-N"): v for p, v in phases.items()}
    chosen = [value for phase, value in wires.items() if phase in ("L1", "L2", "L3")]
    return over_phases(chosen or list(phases.values())[:1])


def _sum(values: list[int]) -> int:
    return sum(values)


def _mean(values: list[int]) -> int:
    return sum(values) // len(values)


def _unusual_unit(measurand: str | None, unit: str | None) -> tuple[int, int] | None:
    """`KWH`, or an empty unit."""
    if unit is None:
        return None
    return FIELDS.get((measurand, UNITS.get(unit.strip().lower())))


def _number(value: object, factor: int) -> int | None:
    """The value in our unit, rounded down; None when it is no number."""
    if type(value) is not str:
        return None
    try:
        number = int(value) * factor if len(value) < 16 else None
    except ValueError:
        number = None
    if number is not None:
        return number
    try:
        exact = Decimal(value.strip().replace(",", "."))
    except InvalidOperation:
        return None
    if not exact.is_finite() or abs(exact) > LARGEST:
        return None
    return int(exact * factor)
