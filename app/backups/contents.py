"""What stands in a backup: records of msgpack, compressed; one kind after another.

``about`` (once, first), ``key`` (a key file each), ``row`` (a row each), ``end`` (once, last, with
the number of rows).
"""

import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from app.backups.sealed import SealedReader, SealedWriter
from app.charging.errors import BadInput
from app.charging.ports import Item, Value

_LENGTH = 4
_LONGEST = 2 * 1024 * 1024
"""Far above a row, which has at most 400 KB."""
_BIG_INTEGER = 1


class About(msgspec.Struct, frozen=True, tag="about"):
    """What the backup is of."""

    strom: str
    schema: int
    made_at: str
    table: str


class KeyOfFile(msgspec.Struct, frozen=True, tag="key"):
    """A key file, without which what owners entrusted to us cannot be opened."""

    name: str
    content: bytes


class Row(msgspec.Struct, frozen=True, tag="row"):
    """One row."""

    item: dict[str, Any]


class End(msgspec.Struct, frozen=True, tag="end"):
    """Nothing follows."""

    rows: int


Record = About | KeyOfFile | Row | End


class RecordWriter:
    """Puts records into a sealed file."""

    def __init__(self, sealed: SealedWriter) -> None:
        self._sealed = sealed
        self._deflate = zlib.compressobj(6)

    def put(self, record: Record) -> None:
        """Add one."""
        body = msgspec.msgpack.encode(record)
        self._sealed.write(self._deflate.compress(len(body).to_bytes(_LENGTH, "big") + body))

    def close(self) -> None:
        """After the last one."""
        self._sealed.write(self._deflate.flush())
        self._sealed.close()


def records(sealed: SealedReader) -> Iterator[Record]:
    """All of them, in their order; raises ``BadInput`` for what cannot be read."""
    decoder = msgspec.msgpack.Decoder(Record, ext_hook=_read_extension)
    inflate, waiting = zlib.decompressobj(), bytearray()
    for chunk in sealed.chunks():
        waiting += inflate.decompress(chunk)
        while (end := _end(waiting)) <= len(waiting):
            yield decoder.decode(bytes(waiting[_LENGTH:end]))
            del waiting[:end]
    if waiting or not inflate.eof:
        raise BadInput("this backup is damaged or not complete")


def _end(waiting: bytearray) -> int:
    if len(waiting) < _LENGTH:
        return _LENGTH
    length = int.from_bytes(waiting[:_LENGTH], "big")
    if length > _LONGEST:
        raise BadInput("this backup is damaged or not complete")
    return _LENGTH + length


def row_of(item: Item) -> Row:
    """A row of the table; integers beyond 64 bits, which msgpack has not, as their digits."""
    return Row({name: _packable(value) for name, value in item.items()})


def _packable(value: Value) -> Any:
    match value:
        case bool():
            return value
        case int() if not -(2**63) <= value < 2**64:
            return msgspec.msgpack.Ext(_BIG_INTEGER, str(value).encode())
        case list():
            return [_packable(each) for each in value]
        case dict():
            return {name: _packable(each) for name, each in value.items()}
    return value


def _read_extension(code: int, data: memoryview) -> int:
    if code != _BIG_INTEGER:
        raise BadInput("this backup holds what this Strom does not know")
    return int(bytes(data))
