"""Watching a tenant's wallet: does it answer, and does it hold what is owed to drivers?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from app.charging.errors import NotFound
from app.charging.session import Session
from app.records.sessions import Sessions
from app.wallets.connector import WalletConnector


class Alert(Protocol):
    """Tells an owner, once a day of each kind."""

    async def alert(
        self, tenant: str, kind: Literal["wallet_unreachable", "balance_low"], text: str
    ) -> bool:
        """True when told now."""
        ...


def _nobody_counts(_: Sequence[Session]) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class WalletWatch:
    """Asks the active wallet, alerts its owner, retires what was replaced."""

    wallets: WalletConnector
    sessions: Sessions
    alerts: Alert
    count: Callable[[Sequence[Session]], None] = _nobody_counts
    """Is shown a tenant's open sessions: they are read here anyway."""

    async def look(self, tenant: str) -> None:
        """One look; a tenant without a wallet has nothing to watch."""
        try:
            active = await self.wallets.active(tenant)
        except NotFound:
            return
        asked = await self.wallets.refresh(tenant, active.id)
        if asked.last_trouble == "unreachable":
            await self.alerts.alert(tenant, "wallet_unreachable", asked.last_problem)
        elif asked.last_trouble == "low":
            await self.alerts.alert(tenant, "balance_low", asked.last_problem)
        sessions = await self.sessions.open(tenant)
        self.count(sessions)
        in_use = {session.quote.wallet_id for session in sessions}
        await self.wallets.retire(tenant, in_use)
