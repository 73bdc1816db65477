"""Between our values and DynamoDB's typed ones. Exact integers; a float is refused.

Both engines use this form, so that what one refuses or tells apart, the other does too:
``True`` is not ``1``, and ``""`` is not absent.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.charging.ports import Item, Value

Wire = dict[str, Any]
"""One attribute in DynamoDB's form: ``{"S": "text"}``, ``{"N": "12"}``, …"""

WireItem = dict[str, Wire]

_MOST_DIGITS = 38  # DynamoDB's precision; beyond it the number would be refused or rounded


def encode(value: Value) -> Wire:
    """A value in DynamoDB's form. Raises ``TypeError`` for a float or a foreign type."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": _digits(value)}
        case str():
            value.encode()  # refuses lone surrogates here, not on the way
            return {"S": str(value)}
        case bytes():
            return {"B": value}
        case list():
            return {"L": [encode(each) for each in value]}
        case dict():
            return {"M": encode_item(value)}
    raise TypeError(f"the table cannot hold a {type(value).__name__}")


def decode(wire: Wire) -> Value:
    """The value behind DynamoDB's form. Raises ``TypeError`` for what we never write."""
    ((kind, held),) = wire.items()
    match kind:
        case "S" | "BOOL":
            return held  # type: ignore[no-any-return]  # the wire says what it is
        case "N":
            return _integer(held)
        case "B":
            return bytes(held)
        case "NULL":
            return None
        case "L":
            return [decode(each) for each in held]
        case "M":
            return {name: decode(each) for name, each in held.items()}
    raise TypeError(f"the table holds a {kind}, which is not ours")


def encode_item(item: Mapping[str, Value]) -> WireItem:
    """All attributes of a row, or of a map, in DynamoDB's form."""
    if "" in item:
        raise ValueError("an attribute needs a name")
    return {name: encode(value) for name, value in item.items()}


def decode_item(wire: WireItem) -> Item:
    """A row as our code sees it, sharing nothing with what it was made from."""
    return {name: decode(value) for name, value in wire.items()}


def item_size(wire: WireItem) -> int:
    """The bytes DynamoDB counts for a row (its published rule; numbers approximately)."""
    return sum(len(name.encode()) + _size(value) for name, value in wire.items())


def _size(wire: Wire) -> int:
    ((kind, held),) = wire.items()
    match kind:
        case "S":
            return len(held.encode())
        case "B":
            return len(held)
        case "N":
            return len(held.lstrip("-")) // 2 + 2
        case "L":
            return 3 + sum(1 + _size(each) for each in held)
        case "M":
            return 3 + len(held) + item_size(held)
    return 1


def _digits(number: int) -> str:
    text = str(int(number))
    if len(text.lstrip("-")) > _MOST_DIGITS:
        raise ValueError(f"the table holds integers of up to {_MOST_DIGITS} digits")
    return text


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        number = Decimal(text)  # an engine may answer "1E+3"
    if number != number.to_integral_value():
        raise TypeError(f"the table holds {text}, which is no integer")
    return int(number)
