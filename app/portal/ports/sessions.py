"""What the pages and the API ask of other rooms about charges and the wallets behind them."""

from collections.abc import Mapping
from typing import Protocol

from app.checkout.receipts import Receipt
from app.records.owners import Tenant
from app.records.views import (
    SessionDetail,
    SessionPage,
    WalletKind,
    WalletProbe,
)
from app.records.wallets import WalletConnection


class SessionViews(Protocol):
    """Charges, for their owner to see."""

    async def page(self, tenant: str, *, start: str = "", limit: int = 50) -> SessionPage:
        """Some of them, the newest first."""
        ...

    async def get(self, tenant: str, session_id: str) -> SessionDetail:
        """One with every movement of money; raises ``NotFound``."""
        ...

    async def receipt(self, tenant: str, session_id: str) -> Receipt:
        """Its receipt; raises ``NotFound``, or ``Conflict`` before its end."""
        ...

    async def refunds_owed_msat(self, tenant: str) -> int:
        """What drivers have not got back so far."""
        ...


class SessionLinks(Protocol):
    """The drivers' links."""

    async def renew_link(self, tenant: str, session_id: str, by: str) -> str:
        """A new token for the driver, written down; the old one ends. Raises ``NotFound``."""
        ...


class WalletConnector(Protocol):
    """Connects wallets."""

    def kinds(self, tenant: Tenant) -> tuple[WalletKind, ...]:
        """What this tenant may connect: the sandbox wallet in a sandbox, and nowhere else."""
        ...

    async def all(self, tenant: str) -> list[WalletConnection]:
        """The connected ones, the active first."""
        ...

    async def probe(self, tenant: Tenant, kind: str, fields: Mapping[str, str]) -> WalletProbe:
        """Try one without keeping it; raises ``BadInput`` with the field."""
        ...

    async def connect(
        self, tenant: Tenant, kind: str, fields: Mapping[str, str]
    ) -> WalletConnection:
        """Try it, keep it, and put it in the place of the active one; raises ``BadInput``."""
        ...

    async def refresh(self, tenant: str, wallet_id: str) -> WalletConnection:
        """Ask it again what it holds."""
        ...
