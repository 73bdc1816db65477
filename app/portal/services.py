"""Everything the handlers reach, in one value that bootstrap fills."""

from dataclasses import dataclass

from app.charging.ports import Chance, Clock
from app.portal.ports.access import Access, Certificates, Newcomers
from app.portal.ports.fleet import (
    ChargerCommands,
    Chargers,
    ChargerStatuses,
    IdTags,
    Locations,
    PrintedLink,
    Reservations,
)
from app.portal.ports.insight import Configuration, FrameLogs, Quality
from app.portal.ports.money import Books, RefundDesk, Refunds
from app.portal.ports.people import (
    Accounts,
    Alerts,
    ApiKeys,
    Outbox,
    OwnerSettings,
    Provider,
    Recovery,
    SignUp,
    WalletLogin,
)
from app.portal.ports.prices import PricesNow, PriceSources, Tariffs
from app.portal.ports.sessions import SessionLinks, SessionViews, WalletConnector
from app.portal.ports.upstreams import Upstreams
from app.portal.settings import PortalSettings


@dataclass(frozen=True, slots=True)
class PortalServices:
    """The parts behind pages and API."""

    settings: PortalSettings
    clock: Clock
    chance: Chance
    sign_up: SignUp
    accounts: Accounts
    wallet_login: WalletLogin
    recovery: Recovery
    api_keys: ApiKeys
    owner_settings: OwnerSettings
    provider: Provider
    alerts: Alerts
    locations: Locations
    tariffs: Tariffs
    prices: PricesNow
    price_sources: PriceSources
    chargers: Chargers
    statuses: ChargerStatuses
    commands: ChargerCommands
    access: Access
    certificates: Certificates
    newcomers: Newcomers
    id_tags: IdTags
    reservations: Reservations
    quality: Quality
    frame_logs: FrameLogs
    configuration: Configuration
    upstreams: Upstreams
    sessions: SessionViews
    links: SessionLinks
    refunds: Refunds
    refund_desk: RefundDesk
    books: Books
    wallets: WalletConnector
    printed_link: PrintedLink
    outbox: Outbox | None = None
    """Only where there is no mail server."""
