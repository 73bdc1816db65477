"""Signed tokens that carry their own meaning: nothing is stored, nothing can be guessed.

A token is ``<tenant>.<subject…>.<mac>``; the MAC is HMAC-SHA-256 under a key of this Strom,
bound to the purpose, shortened to 128 bits. Compare: session token, k1, webhook secret.
"""

import hmac
from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256

from app.charging.errors import NotFound

MAC_BYTES = 16


@dataclass(frozen=True, slots=True)
class Signer:
    """Mints and checks tokens. ``key`` has 32 random bytes; it never leaves the process.

    ``older`` are keys that were replaced: nothing is signed with them any more, but what they have
    signed is still good.
    """

    key: bytes
    older: tuple[bytes, ...] = ()

    def token(self, purpose: str, *parts: str) -> str:
        """A token for this purpose that carries the parts (no dots in them)."""
        if any("." in part or not part for part in parts):
            raise ValueError("the parts of a token are not empty and hold no dot")
        return ".".join((*parts, self.mac(purpose, *parts)))

    def parts(self, purpose: str, token: str) -> tuple[str, ...]:
        """What a token carries; raises ``NotFound`` when it is not ours for this purpose."""
        *parts, mac = token.split(".")
        if not parts or not self.has_made(mac, purpose, *parts):
            raise NotFound("this link is not valid")
        return tuple(parts)

    def has_made(self, mac: str, purpose: str, *parts: str) -> bool:
        """Whether ``mac`` is ours over these, by the key of now or one before it."""
        ours = (_mac(key, purpose, *parts) for key in (self.key, *self.older))
        return any(hmac.compare_digest(mac.encode(), each.encode()) for each in ours)

    def mac(self, purpose: str, *parts: str) -> str:
        """128 bits over purpose and parts, as lower-case base32."""
        return _mac(self.key, purpose, *parts)

    def session_token(self, tenant: str, session_id: str, link: int = 0) -> str:
        """The token of a session's link; ``link`` counts how often it was replaced."""
        return self.token(SESSION, tenant, session_id, *([str(link)] if link else []))

    def session(self, token: str) -> "SessionLink":
        """What a session's token names; raises ``NotFound``."""
        if not token.isascii():
            raise NotFound("this link is not valid")
        tenant, session_id, *link = self.parts(SESSION, token)
        return SessionLink(tenant, session_id, int(link[0]) if link else 0)

    def k1(self, *parts: str) -> str:
        """32 bytes as hex that stand for the parts (LUD-03)."""
        text = "\x1f".join(("k1", *parts))
        return hmac.new(self.key, text.encode(), sha256).hexdigest()


def _mac(key: bytes, purpose: str, *parts: str) -> str:
    text = "\x1f".join((purpose, *parts))
    digest = hmac.new(key, text.encode(), sha256).digest()[:MAC_BYTES]
    return b32encode(digest).decode().rstrip("=").lower()


@dataclass(frozen=True, slots=True)
class SessionLink:
    """What a session's token says: whose, which, and which of its links."""

    tenant: str
    session_id: str
    link: int = 0


SESSION = "session"
"""``tenant.session[.link]``: who holds it is the payer; inert until a payment has settled."""
WEBHOOK = "webhook"
"""``tenant.session.payment_hash``: part of the URL that a wallet calls when it was paid."""
QUOTE = "quote"
"""A signed quote in a callback URL (LUD-06)."""
