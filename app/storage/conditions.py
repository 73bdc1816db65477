"""Conditions of a write, evaluated here: what DynamoDB does with the same ones there."""

from collections.abc import Mapping

from app.charging.ports import Absent, AbsentOr, AtMost, Condition, Equals, Exists, Value
from app.storage.values import WireItem, encode


def holds(condition: Condition, row: WireItem | None) -> bool:
    """Whether the condition holds for a row, or for its absence."""
    match condition:
        case Absent():
            return row is None
        case AbsentOr():
            return row is None or _equal(condition.values, row)
        case Exists():
            return row is not None
        case Equals():
            return row is not None and _equal(condition.values, row)
        case AtMost():
            return (
                row is not None
                and _at_most(row, condition.attribute, condition.limit)
                and _equal(condition.values, row)
            )


def _equal(values: Mapping[str, Value], row: WireItem) -> bool:
    return all(row.get(name) == encode(value) for name, value in values.items())


def _at_most(row: WireItem, attribute: str, limit: int) -> bool:
    wire = row.get(attribute)
    return wire is None or ("N" in wire and int(wire["N"]) <= limit)
