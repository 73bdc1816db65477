"""The tenants' services over tables in memory, for the tests of tenants and portal."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher

from app.records.directory import Directory
from app.records.drafts import SignUpDraft
from app.records.owners import User
from app.records.views import Actor
from app.storage.memory import MemoryTables
from app.tenants.build import Tenancy, build_tenancy
from app.tenants.config import AccountSettings, SignUpPolicy
from app.tenants.passwords import Passwords

BASE_URL = "http://localhost:8000"
PASSWORD = "correct horse battery"


class SetClock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class SeededChance:
    """The same randomness in every run."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def token_bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def below(self, limit: int) -> int:
        return self._random.randrange(limit)


@dataclass(frozen=True)
class Letter:
    tenant: str
    to: str
    kind: str
    values: dict[str, str]

    @property
    def token(self) -> str:
        return self.values["url"].rpartition("/")[2].rpartition("=")[2]


@dataclass
class KeptLetters:
    """Keeps the letters for a test to read."""

    sent: list[Letter] = field(default_factory=list)

    async def send(self, tenant: str, to: str, letter: str, values: Mapping[str, str]) -> None:
        self.sent.append(Letter(tenant, to, letter, dict(values)))

    def last(self, kind: str) -> Letter:
        return next(letter for letter in reversed(self.sent) if letter.kind == kind)


@dataclass
class House:
    """A provider's Strom with its accounts and nothing else."""

    policy: SignUpPolicy = "open"
    base_url: str = BASE_URL
    clock: SetClock = field(default_factory=SetClock)
    chance: SeededChance = field(default_factory=SeededChance)
    tables: MemoryTables = field(default_factory=MemoryTables)
    letters: KeptLetters = field(default_factory=KeptLetters)

    def __post_init__(self) -> None:
        self.directory = Directory(self.tables, self.clock)
        quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        self.tenancy: Tenancy = build_tenancy(
            tables=self.tables,
            directory=self.directory,
            clock=self.clock,
            chance=self.chance,
            letters=self.letters,
            settings=AccountSettings(b"k" * 32, self.base_url, sign_up=self.policy),
            passwords=Passwords(quick),
        )

    async def owner(self, email: str = "ada@example.org", *, confirmed: bool = True) -> Actor:
        """Someone who has signed up, confirmed, and signed in."""
        await self.tenancy.sign_up.sign_up(draft(email))
        if confirmed:
            await self.tenancy.recovery.confirm_email(self.letters.last("confirm_email").token)
        return await self.tenancy.accounts.sign_in(email, PASSWORD, "192.0.2.1")

    async def provider(self, email: str = "root@example.org") -> User:
        return await self.tenancy.provider.create_provider(email, "Root", PASSWORD)


def draft(email: str = "ada@example.org", **more: str) -> SignUpDraft:
    values = {
        "password": PASSWORD,
        "name": "Ada",
        "organisation": "Ada's garage",
        "ip": "192.0.2.1",
        **more,
    }
    return SignUpDraft(email=email, **values)  # type: ignore[arg-type]  # all are strings
