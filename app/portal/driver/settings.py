"""What the driver's pages need to know of this Strom."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from app.portal.settings import PortalSettings


@dataclass(frozen=True, slots=True)
class DriverSettings:
    """Addresses, and what is offered."""

    portal: PortalSettings
    live_ws_base: str = ""
    """The edge's ``wss://host`` for live pages; empty: pages ask again and again instead."""
    amounts_kwh: tuple[int, ...] = (5, 10, 20)
    unlock_within_s: int = 3600
    """As in the checkout's settings."""

    def origin(self, address: str) -> str:
        """Where the host of a lightning address is browsed to."""
        scheme = urlsplit(self.portal.public_base_url).scheme
        return f"{scheme}://{address.partition('@')[2]}"

    def page_url(self, address: str) -> str:
        """The charge point's page."""
        return f"{self.origin(address)}/c/{address.partition('@')[0]}"

    def pay_request_url(self, address: str) -> str:
        """What the LNURL of an address stands for (LUD-16)."""
        return f"{self.origin(address)}/.well-known/lnurlp/{address.partition('@')[0]}"

    def session_url(self, token: str) -> str:
        """The session's own page."""
        return f"{self.portal.public_base_url}/s/{token}"

    def withdraw_url(self, token: str) -> str:
        """What the session's LNURL stands for: it stops the charge and pays the rest (LUD-03)."""
        return f"{self.portal.public_base_url}/lnurl/withdraw/{token}"
