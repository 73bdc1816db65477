"""Before each invoice: the wallet answers, it can pay refunds, and it holds what is owed already.

What is wrong is told to the owner as well: a driver who is turned away tells nobody.
"""

import asyncio
import logging
from dataclasses import dataclass, field

from app.charging.errors import Unavailable
from app.charging.ports import Clock, Wallet
from app.checkout.availability import NO_REFUNDS
from app.checkout.ports import RefundsOwed, WalletAlerts, WalletTrouble
from app.checkout.remembering import Remembered
from app.checkout.settings import CheckoutSettings
from app.checkout.texts import sats_text

log = logging.getLogger(__name__)

_OWED_S = 30
"""For so long the sum of refunds owed is used again: it is read from every open session."""
_PATIENCE_S = 1.5
"""So long a driver waits for that sum. Of thousands of open sessions it takes longer: then the
watch over wallets, which has the time, tells the owner alone."""
_TOLD_S = 600
"""For so long the same trouble of a wallet is not told again by this process."""


@dataclass(frozen=True, slots=True)
class WalletCheck:
    """Looks at a wallet that is to take money; ``alerts`` tells its owner."""

    clock: Clock
    settings: CheckoutSettings
    refunds_owed: RefundsOwed | None = None
    alerts: WalletAlerts | None = None
    owed: Remembered[int] = field(default_factory=lambda: Remembered(_OWED_S))
    too_many: Remembered[bool] = field(default_factory=lambda: Remembered(_TOLD_S))
    told: Remembered[bool] = field(default_factory=lambda: Remembered(_TOLD_S))

    async def require_usable(self, tenant: str, wallet: Wallet) -> None:
        """Raise ``Unavailable`` unless drivers may pay into it."""
        if not wallet.capabilities.can_pay:
            await self._tell(tenant, "wallet_cannot_pay", "It can receive, but not pay out.")
            raise Unavailable(NO_REFUNDS.message)
        try:
            spendable_msat = await wallet.spendable_msat()
        except Unavailable as error:
            await self._tell(tenant, "wallet_unreachable", error.message)
            raise
        owed_msat = await self._owed_msat(tenant)
        if spendable_msat >= owed_msat:
            return
        text = f"It holds {sats_text(spendable_msat)}, and {sats_text(owed_msat)} are owed."
        log.warning("the wallet of tenant %s is short: %s", tenant, text)
        await self._tell(tenant, "balance_low", text)
        if self.settings.short_wallet == "refuse":
            raise Unavailable(NO_REFUNDS.message)

    async def _owed_msat(self, tenant: str) -> int:
        if self.refunds_owed is None:
            return 0
        now = self.clock.now()
        owed_msat = self.owed.get(tenant, now)
        if owed_msat is not None:
            return owed_msat
        if self.too_many.get(tenant, now):
            return 0
        try:
            async with asyncio.timeout(_PATIENCE_S):
                owed_msat = await self.refunds_owed.refunds_owed_msat(tenant)
        except TimeoutError:
            log.warning("what tenant %s owes is not known in time", tenant)
            self.too_many.put(tenant, True, now)
            return 0
        self.owed.put(tenant, owed_msat, now)
        return owed_msat

    async def _tell(self, tenant: str, kind: WalletTrouble, text: str) -> None:
        """Tell the owner; a driver's answer does not hang on whether they can be told."""
        key, now = f"{tenant} {kind}", self.clock.now()
        if self.alerts is None or self.told.get(key, now):
            return
        self.told.put(key, True, now)
        try:
            await self.alerts.alert(tenant, kind, text)
        except Exception:
            log.exception("the owner could not be told of %s", kind)
