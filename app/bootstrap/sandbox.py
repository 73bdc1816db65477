"""What makes sandboxes work like the rest: their drivers' wallet, and who rings for it."""

from dataclasses import dataclass

from app.checkout.service import Checkout
from app.wallets.sandbox import SandboxPayer


@dataclass(frozen=True, slots=True)
class SandboxDrivers:
    """The sandbox driver's wallet, for the driver's pages."""

    payer: SandboxPayer

    async def pay(self, tenant: str, bolt11: str) -> None:
        """Pay an owner's sandbox invoice."""
        await self.payer.pay(tenant, bolt11)

    async def invoice(self, tenant: str, amount_msat: int) -> str:
        """An invoice for a refund."""
        return (await self.payer.create_driver_invoice(tenant, amount_msat)).bolt11


@dataclass(frozen=True, slots=True)
class SandboxRing:
    """How the sandbox network calls a webhook: it is ours, so without a socket."""

    checkout: Checkout

    async def __call__(self, webhook_url: str) -> None:
        """Take the hint as the webhook's route would."""
        await self.checkout.webhook(webhook_url.rsplit("/", 1)[1])
