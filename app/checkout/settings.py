"""What the provider decides about selling a charge."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from app.invoices import MAINNET


@dataclass(frozen=True, slots=True)
class CheckoutSettings:
    """Times, amounts and addresses of this room."""

    base_url: str
    """Where drivers and wallets reach us: ``https://strom.example``, no slash at the end."""
    webhook_base_url: str | None = ""
    """Where wallets reach us, if elsewhere; None where they cannot: they are only asked."""
    quote_life_s: int = 600
    invoice_life_s: int = 600
    first_look_s: float = 2
    """When an invoice is asked about for the first time."""
    start_s: int = 180
    """From the payment to the start; longer than the charge point's ConnectionTimeOut."""
    silent_s: int = 0
    """Above zero: instead of the owner's own limit."""
    least_energy_wh: int = 10
    """The smallest payment buys at least so much."""
    max_msat: int = 300_000_000
    comment_chars: int = 140
    success_action: Literal["url", "aes"] = "url"
    """``aes``: where the wallet lets us choose the preimage, the session's link is readable to
    whoever has paid alone (LUD-10); elsewhere, and by default, it is a link (LUD-09)."""
    withdraw_wait_s: float = 8
    """How long a scan of the session's LNURL waits for the charge to end."""
    withdraw_poll_s: float = 0.25
    refund_invoice_life_s: int = 60
    """An invoice for a refund must live at least so long."""
    refund_fee_ppm: int = 10_000
    """The most that paying a refund may cost its owner in routing fees: a share …"""
    refund_fee_floor_msat: int = 10_000
    """… or this much where the share is less. Locked with the price."""
    network: str = MAINNET
    """The network of live tenants' wallets; sandbox tenants are on regtest."""
    short_wallet: Literal["warn", "refuse"] = "warn"
    """What to do when the wallet holds less than the refunds that are owed."""
    open_invoices: int = 20
    """The most open invoices of one connector."""
    unlock_within_s: int = 3600
    """How long after the end the payer may release the cable."""

    @property
    def host(self) -> str:
        """The provider's host, as it stands in addresses."""
        return urlsplit(self.base_url).netloc.lower()

    @property
    def ringing_base_url(self) -> str | None:
        """Where wallets ring when an invoice is paid; None where they cannot reach us."""
        return self.base_url if self.webhook_base_url == "" else self.webhook_base_url
