"""Records to rows and back: dates as ISO text, decimals as text, no floats, no nulls."""

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

import msgspec

from app.charging.ports import Item, Value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_UNSET: tuple[object, ...] = (None, (), [])
T = TypeVar("T")


def to_values(record: object) -> dict[str, Value]:
    """A record as attributes; a field that is None is left out."""
    built = msgspec.to_builtins(record, builtin_types=(bytes,))
    return {name: _listed(value) for name, value in built.items() if value is not None}


def to_item(pk: str, sk: str, record: object, **more: Value) -> Item:
    """A record as a whole row; ``more`` are attributes beside the record's own."""
    return {"pk": pk, "sk": sk, **to_values(record), **more}


def from_item(kind: type[T], item: Mapping[str, Value]) -> T:
    """The record in a row. Attributes that the record does not know are passed over."""
    return msgspec.convert(_plain(item), kind, builtin_types=(bytes,))


def packed(record: object) -> bytes:
    """A record in few bytes, without what is not set, which comes back as its defaults: a tariff
    of a hundred elements is read with each reading, and paid for by the kilobyte."""
    return zlib.compress(msgspec.json.encode(_lean(msgspec.to_builtins(record))))


def unpacked(kind: type[T], raw: Value | None) -> T:
    """The record of ``packed``."""
    assert isinstance(raw, bytes)
    return msgspec.json.decode(zlib.decompress(raw), type=kind)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970, for the ``due`` index and for sort keys."""
    return (moment - _EPOCH) // _MS


def from_ms(milliseconds: int) -> datetime:
    """The moment of ``to_ms``."""
    return _EPOCH + milliseconds * _MS


def _listed(value: Any) -> Value:
    if isinstance(value, dict):
        return {name: _listed(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_listed(inner) for inner in value]
    if isinstance(value, float):
        raise TypeError("a record holds no float")
    return cast(Value, value)


def _lean(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lean(inner) for key, inner in value.items() if inner not in _UNSET}
    return [_lean(each) for each in value] if isinstance(value, list | tuple) else value


def _plain(item: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in item.items() if name not in ("pk", "sk")}
