"""What opens stored wallets, and wallets that tell of payments, as those see them who ask."""

from typing import Protocol, runtime_checkable

from app.charging.ports import Wallet


class Opens(Protocol):
    """Opens a tenant's wallet by its connection."""

    async def open(self, tenant: str, wallet_id: str) -> Wallet:
        """Raises ``Unavailable``."""
        ...


@runtime_checkable
class WatchedWallet(Protocol):
    """What a wallet that tells of payments can do beside the ``Wallet`` port."""

    async def arrival(self, payment_hash: str) -> None:
        """Return once something may have become of an invoice, be it before this was called.

        Says nothing of what: a hint to look up, never proof. Raises ``Unavailable`` when the
        wallet cannot, or can no longer, be heard, ``Untold`` when it does not tell at all.
        """
        ...
