"""Envelope encryption of what a tenant entrusts to us: wallet credentials, private keys.

A secret is sealed (AES-256-GCM) with a data key of its tenant; the data key lies beside it,
wrapped by a master key that never touches the table: a key file, on AWS a KMS key. Tenant and
purpose are bound in, so a sealed value copied to another tenant or field does not open.

The sealed form, so that any wrapping can be told and replaced later::

    "S1" | length of the wrapped key (2 bytes) | wrapped data key | nonce (12) | ciphertext, tag

``KeyWrapping`` is what differs between key file and KMS; everything else is the same.
"""

import base64
import contextlib
import hashlib
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from app.charging.errors import Unavailable

_log = logging.getLogger(__name__)

WALLETS, SPOT_PRICES = "wallet", "spot"
"""Purposes whose data keys are of kinds of their own on AWS: not every function opens them."""

K = TypeVar("K")
V = TypeVar("V")

_FORMAT = b"S1"
_NONCE = 12
_KEY = 32
_WRAPPED = 4 + _NONCE + _KEY + 16
"""Bytes of a data key that a key file has wrapped: the key's id, nonce, key, tag."""
_MOST_KEYS = 1000
_DATA_KEY_USES = 1_000_000
"""Far below the 2^32 random nonces that AES-GCM allows a key (NIST SP 800-38D, 8.3)."""
_DATA_KEY_LIFE_S = 24 * 3600


class Envelope(Protocol):
    """Seals what only this tenant's part of us may read."""

    async def seal(self, tenant: str, purpose: str, plaintext: bytes) -> bytes:
        """Encrypt; ``purpose`` names the field, such as ``wallet``."""
        ...

    async def open(self, tenant: str, purpose: str, sealed: bytes) -> bytes:
        """Decrypt; raises ``Unavailable`` for another tenant, purpose or master key."""
        ...


class KeyWrapping(Protocol):
    """Makes and unwraps data keys. The tenant is the (KMS) encryption context."""

    async def new_data_key(self, tenant: str) -> tuple[bytes, bytes]:
        """A fresh 32-byte key, plain and wrapped."""
        ...

    async def unwrap(self, tenant: str, wrapped: bytes) -> bytes:
        """The plain key; raises ``Unavailable`` when it is not this tenant's or master's."""
        ...


class DataKeyEnvelope:
    """The ``Envelope`` over a key wrapping. Unwrapped keys are kept in memory, bounded."""

    def __init__(
        self, wrapping: KeyWrapping, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._wrapping = wrapping
        self._monotonic = monotonic
        self._current: OrderedDict[str, _DataKey] = OrderedDict()
        self._unwrapped: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()

    async def seal(self, tenant: str, purpose: str, plaintext: bytes) -> bytes:
        """Encrypt with the tenant's current data key."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = await self._current_key(tenant)
        nonce = os.urandom(_NONCE)
        ciphertext = AESGCM(key.plain).encrypt(nonce, plaintext, _context(tenant, purpose))
        return _FORMAT + len(key.wrapped).to_bytes(2, "big") + key.wrapped + nonce + ciphertext

    async def open(self, tenant: str, purpose: str, sealed: bytes) -> bytes:
        """Decrypt, if it was sealed for this tenant and purpose."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        wrapped, nonce, ciphertext = _split(sealed)
        plain = await self._unwrap(tenant, wrapped)
        try:
            return AESGCM(plain).decrypt(nonce, ciphertext, _context(tenant, purpose))
        except InvalidTag as error:
            raise Unavailable("A stored secret is not this tenant's, or is damaged.") from error

    async def _current_key(self, tenant: str) -> "_DataKey":
        key = self._current.get(tenant)
        if key is None or key.uses_left <= 0 or self._monotonic() > key.good_until:
            plain, wrapped = await self._wrapping.new_data_key(tenant)
            key = _DataKey(plain, wrapped, self._monotonic() + _DATA_KEY_LIFE_S)
            _remember(self._current, tenant, key)
        key.uses_left -= 1
        return key

    async def _unwrap(self, tenant: str, wrapped: bytes) -> bytes:
        plain = self._unwrapped.get((tenant, wrapped))
        if plain is None:
            plain = await self._wrapping.unwrap(tenant, wrapped)
        _remember(self._unwrapped, (tenant, wrapped), plain)
        return plain


class KeyFile:
    """Data keys wrapped by the master key in a file of ours, made on first use, mode 0600.

    While the key before it lies beside it (`replace_key`), what that one has wrapped opens too.
    """

    def __init__(self, path: Path) -> None:
        self._master = read_or_make_key(path)
        self._id = _key_id(self._master)
        self._older = {_key_id(key): key for key in previous_keys(path)}

    @property
    def older_ids(self) -> tuple[bytes, ...]:
        """What begins a data key that one of the keys before has wrapped."""
        return tuple(each for each in self._older if each != self._id)

    async def new_data_key(self, tenant: str) -> tuple[bytes, bytes]:
        """A random key, wrapped with AES-256-GCM under the master key."""
        plain = os.urandom(_KEY)
        return plain, self.wrap(tenant, plain)

    def wrap(self, tenant: str, plain: bytes) -> bytes:
        """A data key of the tenant's under the master key."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE)
        return self._id + nonce + AESGCM(self._master).encrypt(nonce, plain, _context(tenant))

    async def unwrap(self, tenant: str, wrapped: bytes) -> bytes:
        """The plain key."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        master = self._master if wrapped[:4] == self._id else self._older.get(wrapped[:4])
        if master is None:
            raise Unavailable("A stored secret was sealed with another key file.")
        nonce, ciphertext = wrapped[4 : 4 + _NONCE], wrapped[4 + _NONCE :]
        try:
            return AESGCM(master).decrypt(nonce, ciphertext, _context(tenant))
        except (InvalidTag, ValueError) as error:
            raise Unavailable("A stored secret is not this tenant's, or is damaged.") from error


class KeyFileEnvelope(DataKeyEnvelope):
    """The envelope of ``strom serve``. Whoever loses the file loses what was sealed with it."""

    def __init__(self, path: Path) -> None:
        super().__init__(KeyFile(path))


class _DataKey:
    """A tenant's data key while this process seals with it."""

    def __init__(self, plain: bytes, wrapped: bytes, good_until: float) -> None:
        self.plain = plain
        self.wrapped = wrapped
        self.good_until = good_until
        self.uses_left = _DATA_KEY_USES


def _context(*parts: str) -> bytes:
    """Associated data; lengths keep ``("ab", "c")`` and ``("a", "bc")`` apart."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _split(sealed: bytes) -> tuple[bytes, bytes, bytes]:
    start = len(_FORMAT) + 2
    nonce_at = start + int.from_bytes(sealed[len(_FORMAT) : start], "big")
    if not sealed.startswith(_FORMAT) or len(sealed) < nonce_at + _NONCE:
        raise Unavailable("A stored secret is damaged.")
    ciphertext_at = nonce_at + _NONCE
    return sealed[start:nonce_at], sealed[nonce_at:ciphertext_at], sealed[ciphertext_at:]


def _remember(cache: OrderedDict[K, V], key: K, value: V) -> None:
    cache[key] = value
    cache.move_to_end(key)
    if len(cache) > _MOST_KEYS:
        cache.popitem(last=False)


async def rewrapped(keys: KeyFile, tenant: str, sealed: bytes) -> bytes:
    """The same secret, its data key wrapped by the newest master key; raises ``Unavailable``."""
    wrapped, nonce, ciphertext = _split(sealed)
    again = keys.wrap(tenant, await keys.unwrap(tenant, wrapped))
    return _FORMAT + len(again).to_bytes(2, "big") + again + nonce + ciphertext


def sealed_under(key_id: bytes) -> bytes:
    """How everything begins that was sealed under a key file's key."""
    return _FORMAT + _WRAPPED.to_bytes(2, "big") + key_id


def _key_id(master: bytes) -> bytes:
    return hashlib.sha256(b"strom key id" + master).digest()[:4]


def previous(path: Path) -> Path:
    """Where the key lies that a key file held before."""
    return path.with_name(f"{path.name}.previous")


def previous_keys(path: Path) -> tuple[bytes, ...]:
    """The key before, if it is still beside the file; ``ValueError`` if it is none."""
    older = previous(path)
    return (_read_key(older),) if older.exists() else ()


def replace_key(path: Path) -> None:
    """Put a new key into a file; the one it held lies beside it from now on, whatever lay there.

    Cut off in the middle, the file still holds its key.
    """
    older = previous(path)
    draft = older.with_name(f".{older.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    os.link(path, draft)
    draft.replace(older)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    _make(fresh)
    fresh.replace(path)


def read_or_make_key(path: Path) -> bytes:
    """The 32 bytes of a key file, made (mode 0600) where there is none; ``ValueError`` if odd."""
    with contextlib.suppress(FileExistsError):
        _make(path)
    return _read_key(path)


def _read_key(path: Path) -> bytes:
    text = path.read_text(encoding="ascii").strip()
    try:
        master = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError(f"{path} is not a key file") from error
    if len(master) != _KEY:
        raise ValueError(f"{path} is not a key file")
    if path.stat().st_mode & 0o077:
        _log.warning("the key file %s can be read by others than its owner", path)
    return master


def fingerprint(key: bytes) -> str:
    """Tells keys apart, and says nothing of them: they are 256 bits of chance."""
    return hashlib.sha256(b"strom key file" + key).hexdigest()[:16]


def _make(path: Path) -> None:
    """Make the file whole or not at all, and never over one that another process just made."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(os.urandom(_KEY)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()
