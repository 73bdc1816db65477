"""Settings of the pages and of accounts, from the settings of this Strom."""

from app.bootstrap.room_settings import checkout_settings
from app.checkout.lnurl_codes import encode_lnurl, printed_link
from app.portal.driver.settings import DriverSettings
from app.portal.settings import PortalSettings
from app.settings import Settings
from app.tenants.config import AccountSettings


def portal_settings(settings: Settings, server_key: bytes) -> PortalSettings:
    """The owner's pages."""
    return PortalSettings(
        public_base_url=settings.base_url,
        charger_ws_base_url=settings.charger_url,
        certificate_ws_base_url=settings.certificate_url,
        host=checkout_settings(settings).host,
        session_secret=server_key,
        sign_up=settings.sign_up,
        live_origin=settings.live_url,
    )


def driver_settings(settings: Settings, server_key: bytes) -> DriverSettings:
    """The driver's pages."""
    return DriverSettings(
        portal=portal_settings(settings, server_key),
        live_ws_base=settings.live_url,
        unlock_within_s=checkout_settings(settings).unlock_within_s,
    )


def account_settings(settings: Settings, server_key: bytes) -> AccountSettings:
    """Accounts."""
    return AccountSettings(server_key, settings.base_url, settings.sign_up)


def printed(settings: Settings, name: str) -> str:
    """What a printed code says: opens the page in a camera, pays in a wallet (LUD-01)."""
    lnurl = encode_lnurl(f"{settings.base_url}/lnurl/pay/{name}")
    return printed_link(f"{settings.base_url}/c/{name}", lnurl)
