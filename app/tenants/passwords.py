"""Passwords: Argon2id in a thread, and the few rules they must keep."""

import asyncio
import unicodedata
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.charging.errors import BadInput

SHORTEST = 10
LONGEST = 200
_COMMON = ("password", "passwort", "qwertyuiop", "qwertzuiop", "1234567890", "letmein", "iloveyou")
_MEMORY_KIB = 19 * 1024


def require_good(password: str, *, email: str) -> None:
    """Refuse a password that is short, long, or what anybody would try first."""
    if len(password) < SHORTEST:
        raise BadInput(f"use {SHORTEST} characters or more", field="password")
    if len(password) > LONGEST:
        raise BadInput(f"use at most {LONGEST} characters", field="password")
    plain = password.casefold()
    known = (*_COMMON, email, email.partition("@")[0])
    if len(set(plain)) < 4 or any(plain.startswith(word) for word in known if len(word) > 4):
        raise BadInput("this one is easy to guess; choose another", field="password")


@dataclass(frozen=True, slots=True)
class Passwords:
    """Hashes and compares, off the event loop (about 20 ms of CPU each)."""

    hasher: PasswordHasher = field(
        default_factory=lambda: PasswordHasher(time_cost=2, memory_cost=_MEMORY_KIB, parallelism=1)
    )

    async def hash(self, password: str) -> str:
        """The hash to keep."""
        return await asyncio.to_thread(self.hasher.hash, _normal(password))

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one; without a stored one, as much work and False."""
        if len(password) > LONGEST:
            return False
        return await asyncio.to_thread(self._matches, stored, _normal(password))

    def _matches(self, stored: str | None, password: str) -> bool:
        if stored is None:
            self.hasher.hash(password)
            return False
        try:
            return self.hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def _normal(password: str) -> str:
    """The same password from every keyboard."""
    return unicodedata.normalize("NFKC", password)
