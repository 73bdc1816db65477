"""Challenges: 32 bytes that we know again without having kept them.

    4 bytes  until when, in seconds since 1970
   12 bytes  of the SHA-256 of a secret that only the asking browser has
   16 bytes  HMAC-SHA-256 over both and what it is for

So a bystander who photographs the QR code cannot collect what the wallet's answer opens, and a
challenge for one thing answers no other. That it is answered once is in ``wallet_keys``.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Literal

from app.charging.errors import NotAllowed
from app.charging.ports import Chance, Clock
from app.tokens import Signer

Action = Literal["register", "login", "link", "auth"]
"""LUD-04's words: an owner signs in, an owner links a key, a driver finds their charges."""
Purpose = Action | Literal["payer"]
"""``payer``: the challenge in a pay request (LUD-18 ``auth``)."""

UNKNOWN = "This code is not ours, or has expired. Please begin again."
_WHEN, _WHO, _MAC = 4, 12, 16


@dataclass(frozen=True, slots=True)
class Challenge:
    """``k1`` goes to the wallet, ``secret`` stays with the browser that asked."""

    k1: str
    secret: str


@dataclass(frozen=True, slots=True)
class Challenges:
    """Makes challenges and knows them again."""

    signer: Signer
    clock: Clock
    chance: Chance

    def new(self, purpose: Purpose, lasts: timedelta) -> Challenge:
        """A challenge nobody has seen yet."""
        secret = self.chance.token_bytes(16)
        until_s = int((self.clock.now() + lasts).timestamp())
        head = until_s.to_bytes(_WHEN) + _digest(secret)
        return Challenge((head + self._mac(purpose, head)).hex(), secret.hex())

    def until_s(self, purpose: Purpose, k1: str) -> int:
        """Until when a challenge of ours holds; raises ``NotAllowed`` for any other."""
        raw = _bytes(k1)
        head, mac = raw[: _WHEN + _WHO], raw[_WHEN + _WHO :]
        if len(raw) != _WHEN + _WHO + _MAC:
            raise NotAllowed(UNKNOWN)
        if not hmac.compare_digest(mac, self._mac(purpose, head)):
            raise NotAllowed(UNKNOWN)
        until_s = int.from_bytes(head[:_WHEN])
        if until_s <= self.clock.now().timestamp():
            raise NotAllowed(UNKNOWN)
        return until_s

    def is_asked_by(self, k1: str, secret: str) -> bool:
        """Whether the browser with this secret asked for the challenge."""
        return hmac.compare_digest(_bytes(k1)[_WHEN : _WHEN + _WHO], _digest(_bytes(secret)))

    def _mac(self, purpose: Purpose, head: bytes) -> bytes:
        text = b"lnurl-auth\x1f" + purpose.encode() + b"\x1f" + head
        return hmac.digest(self.signer.key, text, "sha256")[:_MAC]


def _digest(secret: bytes) -> bytes:
    return sha256(secret).digest()[:_WHO]


def _bytes(text: str) -> bytes:
    """The bytes of a hex string of moderate length; nothing for anything else."""
    if len(text) > 200 or not text.isascii():
        return b""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
