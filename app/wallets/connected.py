"""The wallets a tenant has connected, for who only opens them."""

from dataclasses import dataclass
from typing import Protocol

from app.charging.errors import NotFound
from app.charging.ports import Tables, Wallet
from app.records.rows import Rows, wallets
from app.records.wallets import WalletConnection


class OpensSealed(Protocol):
    """Opens stored wallets: here, or in the process that may."""

    async def open(self, tenant: str, connection_id: str, sealed: bytes) -> Wallet:
        """The wallet of a stored connection; raises ``Unavailable`` if it cannot be unsealed."""
        ...

    async def close(self) -> None:
        """Close every open wallet."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectedWallets:
    """Finds a tenant's wallets and opens them."""

    tables: Tables
    opener: OpensSealed

    async def all(self, tenant: str) -> list[WalletConnection]:
        """The connected ones, the active first, then the newest."""
        found = await self._rows.all(tenant)
        newest_first = sorted(found, key=lambda one: one.created_at, reverse=True)
        return sorted(newest_first, key=lambda one: one.status != "active")

    async def active(self, tenant: str) -> WalletConnection:
        """The connection that new invoices are made with; raises ``NotFound`` without one."""
        found = await self.all(tenant)
        if not found or found[0].status != "active":
            raise NotFound("No wallet is connected here.")
        return found[0]

    async def open(self, tenant: str, wallet_id: str) -> Wallet:
        """A wallet by its connection, replaced ones included; raises ``Unavailable``."""
        connection = await self._rows.get(tenant, wallet_id)
        return await self.opener.open(tenant, wallet_id, connection.sealed_credentials)

    async def close(self) -> None:
        """Disconnect from every wallet; asking one again connects again."""
        await self.opener.close()

    @property
    def _rows(self) -> Rows[WalletConnection]:
        return wallets(self.tables)
