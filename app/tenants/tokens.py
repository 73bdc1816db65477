"""Links that prove something: signed, bound to one purpose, for a limited time.

A token is single use through what it names: the user's ``credentials_version`` (a password reset
raises it), an account that is not confirmed yet, an invitation that is not used yet.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

import msgspec

from app.charging.errors import BadInput
from app.charging.ports import Clock

Purpose = Literal["confirm", "reset", "invitation"]

UNUSABLE = "this link has expired, was used already, or is not complete; ask for a new one"


class Claims(msgspec.Struct, frozen=True, array_like=True):
    """What a token says."""

    tenant: str
    ref: str
    """The user, or the invitation."""
    version: int
    expires_s: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """Signs and opens tokens with a key for each purpose, derived from the server's."""

    server_key: bytes = field(repr=False)
    clock: Clock

    def sign(
        self,
        purpose: Purpose,
        *,
        tenant: str,
        ref: str,
        lasts: timedelta,
        version: int = 0,
    ) -> str:
        """A token that ``open`` accepts for the same purpose until its time is over."""
        expires_s = int((self.clock.now() + lasts).timestamp())
        body = msgspec.json.encode(Claims(tenant, ref, version, expires_s))
        return f"{_text(body)}.{_text(self._mac(purpose, body))}"

    def open(self, purpose: Purpose, token: str) -> Claims:
        """What the token says; raises ``BadInput`` unless it is ours, for this, and in time."""
        try:
            body, mac = (_bytes(part) for part in token.split("."))
        except (ValueError, binascii.Error):
            raise BadInput(UNUSABLE) from None
        if not hmac.compare_digest(mac, self._mac(purpose, body)):
            raise BadInput(UNUSABLE)
        claims = msgspec.json.decode(body, type=Claims)
        if claims.expires_s <= self.clock.now().timestamp():
            raise BadInput(UNUSABLE)
        return claims

    def _mac(self, purpose: Purpose, body: bytes) -> bytes:
        key = hmac.digest(self.server_key, f"strom link {purpose}".encode(), hashlib.sha256)
        return hmac.digest(key, body, hashlib.sha256)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
