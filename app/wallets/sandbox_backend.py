"""Connecting the sandbox wallet: nothing to enter, nothing that can fail.

Whether a tenant may have it (only a sandbox tenant may) is decided where tenants are known.
"""

from collections.abc import Mapping

from app.charging.ports import Wallet
from app.records.views import WalletField
from app.wallets.backend import Parts, ProbeReport, WalletCredentials
from app.wallets.sandbox import SandboxWallet


class SandboxBackend:
    """Play money in the tenant's own rows."""

    kind = "sandbox"
    title = "Sandbox (play money)"
    fields: tuple[WalletField, ...] = ()

    def check(self, fields: Mapping[str, str]) -> WalletCredentials:
        """There is nothing to check."""
        return WalletCredentials(self.kind)

    def open(self, parts: Parts, tenant: str, credentials: WalletCredentials) -> Wallet:
        """The tenant's sandbox wallet."""
        return SandboxWallet(parts.tables, parts.clock, parts.chance, tenant)

    async def probe(self, parts: Parts, tenant: str, credentials: WalletCredentials) -> ProbeReport:
        """It works; only the balance is asked."""
        wallet = self.open(parts, tenant, credentials)
        return ProbeReport(
            can_receive=True,
            can_pay=True,
            spendable_msat=await wallet.spendable_msat(),
            smallest_unit_msat=wallet.capabilities.smallest_unit_msat,
            label=self.title,
        )
