"""The browser's session: a small signed cookie, nothing kept on our side.

It names the user and the ``credentials_version`` it was made for, so raising that ends it. Nothing
in it is secret from its own browser; the signature keeps it from being made or changed elsewhere.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import timedelta

import msgspec

from app.charging.ports import Chance, Clock

_RENEWED_AFTER = timedelta(hours=12)
_LONGEST_COOKIE = 4000


class Flash(msgspec.Struct, frozen=True, array_like=True):
    """A message for the next page."""

    text: str
    kind: str = "good"


class SessionData(msgspec.Struct, array_like=True):
    """What the cookie holds."""

    csrf: str = ""
    tenant: str = ""
    user: str = ""
    version: int = 0
    expires_s: int = 0
    flashes: list[Flash] = []
    challenge: str = ""
    """What a wallet is asked to sign for this browser, with the half that only it knows."""


@dataclass
class BrowserSession:
    """One browser's session during one request. Changing it lets the answer set the cookie."""

    data: SessionData
    chance: Chance
    changed: bool = False
    ended: bool = field(default=False)

    @property
    def is_signed_in(self) -> bool:
        """Whether it names somebody (who may have been signed out elsewhere meanwhile)."""
        return bool(self.data.user)

    def csrf_token(self) -> str:
        """What every form of this browser carries."""
        if not self.data.csrf:
            self.data.csrf = self.chance.token_bytes(16).hex()
            self.changed = True
        return self.data.csrf

    def sign_in(self, tenant: str, user: str, version: int) -> None:
        """From now on it names this person; nothing from before is kept."""
        flashes = self.data.flashes
        self.data = SessionData(tenant=tenant, user=user, version=version, flashes=flashes)
        self.csrf_token()

    def sign_out(self) -> None:
        """It names nobody any more."""
        self.data = SessionData(flashes=self.data.flashes)
        self.changed = self.ended = True

    def flash(self, text: str, kind: str = "good") -> None:
        """Say something on the next page."""
        self.data.flashes = [*self.data.flashes, Flash(text[:300], kind)][-4:]
        self.changed = True

    def take_flashes(self) -> list[Flash]:
        """What the present page has to say."""
        flashes, self.data.flashes = self.data.flashes, []
        self.changed = self.changed or bool(flashes)
        return flashes


@dataclass(frozen=True, slots=True)
class SessionCookies:
    """Reads and writes the cookie."""

    secret: bytes = field(repr=False)
    clock: Clock
    chance: Chance
    lasts: timedelta
    secure: bool

    @property
    def name(self) -> str:
        """With ``__Host-`` a browser takes it from this host by https alone."""
        return "__Host-strom" if self.secure else "strom"

    def read(self, cookie: str | None) -> BrowserSession:
        """The session, or a new one when the cookie is missing, forged or too old."""
        return BrowserSession(self._data(cookie) or SessionData(), self.chance)

    def header(self, session: BrowserSession) -> str | None:
        """The Set-Cookie header to answer with, if there is need of one."""
        now_s = int(self.clock.now().timestamp())
        lasts_s = int(self.lasts.total_seconds())
        empty = session.data == SessionData()
        if session.ended and empty:
            return f"{self.name}=; Max-Age=0{self._attributes()}"
        aged = session.data.expires_s - now_s < lasts_s - _RENEWED_AFTER.total_seconds()
        if not session.changed and (empty or not aged):
            return None
        session.data.expires_s = now_s + lasts_s
        body = msgspec.json.encode(session.data)
        value = f"{_text(body)}.{_text(self._mac(body))}"
        return f"{self.name}={value}; Max-Age={lasts_s}{self._attributes()}"

    def _attributes(self) -> str:
        return "; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if self.secure else "")

    def _data(self, cookie: str | None) -> SessionData | None:
        if not cookie or len(cookie) > _LONGEST_COOKIE:
            return None
        try:
            body, mac = (_bytes(part) for part in cookie.split("."))
        except (ValueError, binascii.Error):
            return None
        if not hmac.compare_digest(mac, self._mac(body)):
            return None
        data = msgspec.json.decode(body, type=SessionData)
        return data if data.expires_s > self.clock.now().timestamp() else None

    def _mac(self, body: bytes) -> bytes:
        key = hmac.digest(self.secret, b"strom session cookie", hashlib.sha256)
        return hmac.digest(key, body, hashlib.sha256)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
