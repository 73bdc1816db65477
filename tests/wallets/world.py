"""Time and chance for the tests of wallets."""

import secrets
from datetime import UTC, datetime, timedelta


class SetClock:
    """Stands still until a test moves it; sleeping moves it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class RealChance:
    def token_bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)

    def below(self, limit: int) -> int:
        return secrets.randbelow(limit)
