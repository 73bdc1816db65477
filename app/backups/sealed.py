"""The encrypted file: a stream of any length under a passphrase, in constant memory.

::

    "STROMBAK" | format (1 byte) | salt (16) | Argon2id: KiB (4), passes (2), lanes (1)
    | check of the key (8) | nonce prefix (7) | chunks

The key is Argon2id of the passphrase (RFC 9106). Each chunk holds 64 KiB, the last one less, sealed
with AES-256-GCM; its nonce is prefix, number (4 bytes) and whether it is the last (1 byte): STREAM
(Hoang, Reyhanitabar, Rogaway, Vizár 2015), so that none can be left out, moved or cut off. All
before the chunks is bound to each of them.
"""

import hashlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from app.charging.errors import BadInput

MAGIC = b"STROMBAK"
FORMAT = 1
CHUNK = 64 * 1024
_TAG = 16
_NONCE_PREFIX = 7
_FIXED = struct.Struct(">8sB16sIHB8s7s")
_MOST_KIB, _MOST_PASSES, _MOST_LANES = 1024 * 1024, 64, 16
SHORTEST_PASSPHRASE = 12


@dataclass(frozen=True, slots=True)
class Cost:
    """What trying one passphrase costs."""

    kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 1


class SealedWriter:
    """Writes the file. Nothing of it is readable before ``close``."""

    def __init__(self, file: BinaryIO, passphrase: str, cost: Cost | None = None) -> None:
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise BadInput(f"the passphrase needs at least {SHORTEST_PASSPHRASE} characters")
        cost, salt = cost or Cost(), os.urandom(16)
        key = _derived(passphrase, salt, cost)
        prefix = os.urandom(_NONCE_PREFIX)
        self._header = _FIXED.pack(
            MAGIC, FORMAT, salt, cost.kib, cost.passes, cost.lanes, _check(key), prefix
        )
        self._file = file
        self._chunks = _Chunks(key, prefix, self._header)
        self._waiting = bytearray()
        file.write(self._header)

    @property
    def identity(self) -> str:
        """Tells this file from every other."""
        return _identity(self._header)

    def write(self, data: bytes) -> None:
        """Add to the stream."""
        self._waiting += data
        while len(self._waiting) > CHUNK:
            self._file.write(self._chunks.seal(bytes(self._waiting[:CHUNK]), is_last=False))
            del self._waiting[:CHUNK]

    def close(self) -> None:
        """Write what is left; the file itself stays open."""
        self._file.write(self._chunks.seal(bytes(self._waiting), is_last=True))
        self._waiting.clear()


class SealedReader:
    """Reads the file. Raises ``BadInput`` in one line for what it is not, or no longer."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self._header = file.read(_FIXED.size)
        if not self._header.startswith(MAGIC):
            raise BadInput("this is not a backup of Strom")
        if self._header[len(MAGIC) : len(MAGIC) + 1] > bytes([FORMAT]):
            raise BadInput("a newer Strom made this backup: upgrade first, then restore")
        if len(self._header) < _FIXED.size:
            raise _damaged()
        _, _, salt, kib, passes, lanes, check, prefix = _FIXED.unpack(self._header)
        if not (kib <= _MOST_KIB and 0 < passes <= _MOST_PASSES and 0 < lanes <= _MOST_LANES):
            raise _damaged()
        key = _derived(passphrase, salt, Cost(kib, passes, lanes))
        if _check(key) != check:
            raise BadInput("this is not the passphrase of this backup")
        self._file = file
        self._chunks = _Chunks(key, prefix, self._header)

    @property
    def identity(self) -> str:
        """Tells this file from every other."""
        return _identity(self._header)

    def chunks(self) -> Iterator[bytes]:
        """All of the stream; ends without an error only if nothing is missing."""
        current = self._file.read(CHUNK + _TAG)
        while following := self._file.read(CHUNK + _TAG):
            yield self._chunks.open(current, is_last=False)
            current = following
        yield self._chunks.open(current, is_last=True)


class _Chunks:
    """Seals or opens one chunk after another."""

    def __init__(self, key: bytes, prefix: bytes, header: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key)
        self._prefix = prefix
        self._header = header
        self._number = 0

    def seal(self, plain: bytes, *, is_last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(is_last=is_last), plain, self._header)

    def open(self, sealed: bytes, *, is_last: bool) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(self._nonce(is_last=is_last), sealed, self._header)
        except (InvalidTag, ValueError) as error:
            raise _damaged() from error

    def _nonce(self, *, is_last: bool) -> bytes:
        number, self._number = self._number, self._number + 1
        return self._prefix + number.to_bytes(4, "big") + bytes([is_last])


def _derived(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        passphrase.encode(),
        salt,
        time_cost=cost.passes,
        memory_cost=max(cost.kib, 8 * cost.lanes),
        parallelism=cost.lanes,
        hash_len=32,
        type=Type.ID,
    )


def _check(key: bytes) -> bytes:
    return hashlib.sha256(b"strom backup key" + key).digest()[:8]


def _identity(header: bytes) -> str:
    return hashlib.sha256(header).hexdigest()[:16]


def _damaged() -> BadInput:
    return BadInput("this backup is damaged or not complete")
