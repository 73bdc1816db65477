"""Readings as others write them down: CSV, JSON, the charging periods of an OCPI CDR."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from typing import Any

from app.charging.errors import BadInput
from app.checkout.receipts.document import ReadingLine

_AT = ("at", "timestamp", "time", "start_date_time")
_REGISTERS = (("meter_wh", 1), ("wh", 1), ("meter_kwh", 1000), ("kwh", 1000))


def readings_of(text: str, *, is_csv: bool) -> list[ReadingLine]:
    """The readings in a file; raises ``BadInput`` that names the line."""
    if is_csv:
        rows: list[Mapping[str, Any]] = list(csv.DictReader(io.StringIO(text)))
        return [_reading(row, f"line {n}") for n, row in enumerate(rows, 2)]
    try:
        raw = json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise BadInput(f"the readings are not JSON: {error}") from None
    if isinstance(raw, dict):
        if "charging_periods" in raw:
            return list(_periods(raw))
        raw = raw.get("readings")
    if not isinstance(raw, list):
        raise BadInput("a list of readings, or an object with one", field="readings")
    return [_reading(row, f"reading {n}") for n, row in enumerate(raw)]


def steady(energy_kwh: Decimal, power_kw: Decimal, start: datetime) -> list[ReadingLine]:
    """A charge at a steady power, in whole Wh and seconds."""
    if power_kw <= 0 or energy_kwh < 0:
        raise BadInput("energy and power are above zero")
    energy_wh = int((energy_kwh * 1000).to_integral_value(ROUND_FLOOR))
    ends = start + timedelta(seconds=int(energy_kwh * 3600 / power_kw))
    return [ReadingLine(start, 0), ReadingLine(ends, energy_wh)]


def _reading(row: Any, place: str) -> ReadingLine:
    if not isinstance(row, Mapping):
        raise BadInput("a reading has a time and a register", field=place)
    at = next((row[name] for name in _AT if row.get(name)), None)
    for name, factor in _REGISTERS:
        if row.get(name) not in (None, ""):
            from_wh = row.get("from_wh")
            return ReadingLine(
                _moment(at, place),
                _wh(row[name], factor, place),
                from_wh=None if from_wh in (None, "") else _wh(from_wh, 1, place),
            )
    return ReadingLine(_moment(at, place))


def _periods(cdr: Mapping[str, Any]) -> Iterator[ReadingLine]:
    """OCPI 2.2.1 §10.4: each period begins where the one before ends; volumes are in kWh."""
    register = Decimal(0)
    for number, period in enumerate(cdr["charging_periods"]):
        place = f"charging_periods.{number}"
        yield ReadingLine(_moment(period.get("start_date_time"), place), _wh(register, 1000, place))
        for dimension in period.get("dimensions", ()):
            if dimension.get("type") == "ENERGY":
                register += _number(dimension.get("volume"), place)
    ends = cdr.get("end_date_time") or cdr.get("stop_date_time")
    yield ReadingLine(_moment(ends, "end_date_time"), _wh(register, 1000, "charging_periods"))


def _moment(text: object, place: str) -> datetime:
    """Without an offset it is UTC, as in OCPI."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        raise BadInput(f"{text!r} is no time like 2026-03-01T12:00:00Z", field=place) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _wh(value: object, factor: int, place: str) -> int:
    return int((_number(value, place) * factor).to_integral_value(ROUND_FLOOR))


def _number(value: object, place: str) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise BadInput(f"{value!r} is no number", field=place) from None
