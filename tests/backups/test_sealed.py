"""The encrypted file: nothing of it can be read, changed, moved or cut off unnoticed."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.backups.sealed import CHUNK, FORMAT, MAGIC, Cost, SealedReader, SealedWriter
from app.charging.errors import BadInput

PASSPHRASE = "correct horse battery"
CHEAP = Cost(kib=8, passes=1, lanes=1)
HEADER = 8 + 1 + 16 + 4 + 2 + 1 + 8 + 7


def sealed(*parts: bytes) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, PASSPHRASE, CHEAP)
    for part in parts:
        writer.write(part)
    writer.close()
    return file.getvalue()


def opened(content: bytes, passphrase: str = PASSPHRASE) -> bytes:
    return b"".join(SealedReader(io.BytesIO(content), passphrase).chunks())


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 2 * CHUNK + 3), max_size=4))
def test_what_was_written_is_read(lengths: list[int]) -> None:
    parts = [bytes([at]) * length for at, length in enumerate(lengths)]
    assert opened(sealed(*parts)) == b"".join(parts)


@pytest.mark.parametrize("length", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_any_length_ends_as_it_should(length: int) -> None:
    content = b"x" * length
    assert opened(sealed(content)) == content


def test_nothing_stands_there_in_the_clear() -> None:
    assert b"macaroon" not in sealed(b"macaroon" * 10)


def test_two_of_the_same_differ() -> None:
    assert sealed(b"same") != sealed(b"same")


def test_another_passphrase_is_told_from_damage() -> None:
    with pytest.raises(BadInput, match="not the passphrase"):
        opened(sealed(b"x"), "another passphrase")


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(BadInput, match="at least 12"):
        SealedWriter(io.BytesIO(), "short", CHEAP)


def test_what_is_no_backup_is_said_to_be_none() -> None:
    with pytest.raises(BadInput, match="not a backup of Strom"):
        opened(b"PK\x03\x04" + bytes(100))


def test_a_newer_format_wants_an_upgrade() -> None:
    content = sealed(b"x")
    newer = MAGIC + bytes([FORMAT + 1]) + content[len(MAGIC) + 1 :]
    with pytest.raises(BadInput, match="newer Strom"):
        opened(newer)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_byte_is_noticed(data: st.DataObject) -> None:
    content = bytearray(sealed(b"a" * CHUNK, b"b" * 100))
    at = data.draw(st.integers(HEADER, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadInput, match="damaged"):
        opened(bytes(content))


@pytest.mark.parametrize("kept", [HEADER - 3, HEADER, HEADER + 20, HEADER + CHUNK + 16, -1])
def test_a_file_that_was_cut_off_is_noticed(kept: int) -> None:
    content = sealed(b"a" * (2 * CHUNK))
    with pytest.raises(BadInput, match="damaged or not complete"):
        opened(content[:kept])


def test_chunks_in_another_order_are_noticed() -> None:
    content, size = sealed(b"a" * CHUNK, b"b" * CHUNK, b"c"), CHUNK + 16
    first, second = content[HEADER : HEADER + size], content[HEADER + size : HEADER + 2 * size]
    swapped = content[:HEADER] + second + first + content[HEADER + 2 * size :]
    with pytest.raises(BadInput, match="damaged"):
        opened(swapped)


def test_a_header_that_asks_for_all_memory_is_refused() -> None:
    content = bytearray(sealed(b"x"))
    at = len(MAGIC) + 1 + 16
    content[at : at + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(BadInput, match="damaged"):
        opened(bytes(content))
