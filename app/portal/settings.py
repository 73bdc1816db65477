"""What the pages need to know of this Strom."""

import ipaddress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """Addresses, the session's secret, and what newcomers are offered."""

    public_base_url: str
    """Where browsers and wallets find us, without a slash at the end."""
    charger_ws_base_url: str
    """Where charge points connect, without their path: ``wss://strom.example/ocpp``."""
    host: str
    """What stands behind the @ of lightning addresses."""
    session_secret: bytes = field(repr=False)
    """Signs session cookies: 32 bytes or more."""
    sign_up: Literal["open", "invited", "approved"] = "open"
    live_origin: str = ""
    """The edge's ``wss://`` address for live pages; its origin goes into the policy."""
    certificate_ws_base_url: str = ""
    """Where those connect that have a certificate; the same unless it is told."""
    session_lasts: timedelta = timedelta(days=14)

    def __post_init__(self) -> None:
        if len(self.session_secret) < 32:
            raise ValueError("session_secret needs 32 bytes or more")

    @property
    def is_https(self) -> bool:
        """Whether browsers reach us by https."""
        return urlsplit(self.public_base_url).scheme == "https"

    @property
    def is_on_this_machine(self) -> bool:
        """Plain http on a loopback address: a laptop, a demo, a test."""
        host = urlsplit(self.public_base_url).hostname or ""
        if self.is_https:
            return False
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    @property
    def cookies_need_https(self) -> bool:
        """Everywhere but on this machine, and where drivers come by an onion service: Tor has taken
        care of those, and the owner comes by plain http within their own network (Umbrel)."""
        is_onion = (urlsplit(self.public_base_url).hostname or "").endswith(".onion")
        return self.is_https or not (self.is_on_this_machine or is_onion)
