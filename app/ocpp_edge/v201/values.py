"""MeterValueType and SampledValueType (OCPP 2.0.1 §2.30, §2.45), signed values among them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.edge_messages import Reading, SignedReading
from app.ocpp_edge.samples import Found, add, nothing_found, place, reading_of

MULTIPLIERS: dict[Any, float] = {None: 1, **{power: 10.0**power for power in range(-12, 13)}, 0: 1}
"""``multiplier`` is a power of ten; of one that cannot be meant the sample is passed over."""
NO_UNIT: dict[str, Any] = {}

Read = tuple[tuple[Reading, ...], tuple[SignedReading, ...]]
NOTHING: Read = ((), ())


def read_all(meter_values: Any, moment: Callable[[object], datetime]) -> Read:
    """All moments that say anything we want, in the order given, and what the meter signed."""
    if type(meter_values) is not list:
        return NOTHING
    readings: list[Reading] = []
    signed: list[SignedReading] = []
    for meter_value in meter_values:
        samples = meter_value.get("sampledValue") if type(meter_value) is dict else None
        if type(samples) is list and samples:
            at = moment(meter_value.get("timestamp"))
            try:
                reading = reading_of(_found(samples, at, signed), at)
            except (AttributeError, TypeError, OverflowError):  # not even the shape of samples
                continue
            if reading is not None:
                readings.append(reading)
    return tuple(readings), tuple(signed)


def _found(samples: list[Any], at: datetime, signed: list[SignedReading]) -> Found:
    found = nothing_found()
    for sample in samples:
        get = sample.get
        unit = get("unitOfMeasure") or NO_UNIT
        wanted = place(
            get("measurand"),
            unit.get("unit"),
            get("context"),
            get("phase"),
            get("location"),
            None,
        )
        value = get("value")
        if wanted is not None and (type(value) is float or type(value) is int):
            field, factor, rank, phase = wanted
            multiplier = MULTIPLIERS.get(unit.get("multiplier"))
            if multiplier is not None:
                add(found, field, (rank, phase, value * factor * multiplier))
        if "signedMeterValue" in sample:
            _keep_signed(sample, at, signed)
    return found


def _keep_signed(sample: dict[str, Any], at: datetime, signed: list[SignedReading]) -> None:
    """Verbatim: a character changed, and nobody can check it any more."""
    statement = sample["signedMeterValue"]
    data = statement.get("signedMeterData") if type(statement) is dict else None
    if type(data) is not str or not data:
        return
    methods = (_text(statement.get("encodingMethod")), _text(statement.get("signingMethod")))
    signed.append(
        SignedReading(
            at,
            data,
            context=_text(sample.get("context")),
            method=" ".join(filter(None, methods)),
            public_key=_text(statement.get("publicKey")),
        )
    )


def _text(value: object) -> str:
    return value if type(value) is str else ""
