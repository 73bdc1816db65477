"""MeterValues (OCPP 1.6 §4.7, §7.17 MeterValue, §7.33 SampledValue)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from app.edge_messages import Reading, Readings, SignedReading
from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.samples import add, is_signed, nothing_found, place, reading_of, unusual_number


def receive(payload: Payload, context: Context) -> Answered:
    """Answer at once; the readings go to the app."""
    transaction_id = payload.get("transactionId")
    signed: list[SignedReading] = []
    readings = read_all(payload["meterValue"], context.moment, signed)
    if not readings and not signed:
        return Answered({})
    if any("measurand" not in sample for sample in payload["meterValue"][0]["sampledValue"][:1]):
        context.noticed("meter:no_measurand")
    if transaction_id is not None and transaction_id <= 0:  # 0 and -1 are never ours
        context.noticed("meter:transaction_0")
        transaction_id = None
    said = Readings(payload["connectorId"], transaction_id, readings, tuple(signed))
    return Answered({}, said)


def read_all(
    meter_values: list[dict[str, Any]],
    moment: Callable[[object], datetime],
    signed: list[SignedReading],
) -> tuple[Reading, ...]:
    """All moments that say anything we want, in the order given; ``signed`` takes what the meter
    has signed, word for word."""
    readings = []
    for meter_value in meter_values:
        samples = meter_value.get("sampledValue")
        if samples:
            reading = _read(samples, moment(meter_value.get("timestamp")), signed)
            if reading is not None:
                readings.append(reading)
    return tuple(readings)


def _read(
    samples: list[dict[str, Any]], at: datetime, signed: list[SignedReading]
) -> Reading | None:
    found = nothing_found()
    for sample in samples:
        get = sample.get
        wanted = place(
            get("measurand"),
            get("unit"),
            get("context"),
            get("phase"),
            get("location"),
            get("format"),
        )
        if wanted is None:
            if get("format") == "SignedData" or is_signed(sample["value"]):
                signed.append(SignedReading(at, sample["value"], get("context") or ""))
            continue
        field, factor, rank, phase = wanted
        try:
            value = float(sample["value"]) * factor
        except ValueError:
            if is_signed(sample["value"]):
                signed.append(SignedReading(at, sample["value"], get("context") or ""))
                continue
            value = unusual_number(sample["value"], factor)
        add(found, field, (rank, phase, value))
    return reading_of(found, at)
