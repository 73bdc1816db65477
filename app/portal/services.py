"""Everything the handlers reach, in one value that bootstrap fills."""

from dataclasses import dataclass

from app.charging.ports import Chance, Clock
from app.portal import (
    access_ports,
    insight_ports,
    money_ports,
    ports,
    price_ports,
    upstream_ports,
)
from app.portal.settings import PortalSettings


@dataclass(frozen=True, slots=True)
class PortalServices:
    """The parts behind pages and API."""

    settings: PortalSettings
    clock: Clock
    chance: Chance
    sign_up: ports.SignUp
    accounts: ports.Accounts
    wallet_login: ports.WalletLogin
    recovery: ports.Recovery
    api_keys: ports.ApiKeys
    owner_settings: ports.OwnerSettings
    provider: ports.Provider
    alerts: ports.Alerts
    locations: ports.Locations
    tariffs: price_ports.Tariffs
    prices: price_ports.PricesNow
    price_sources: price_ports.PriceSources
    chargers: ports.Chargers
    statuses: ports.ChargerStatuses
    commands: ports.ChargerCommands
    access: access_ports.Access
    certificates: access_ports.Certificates
    newcomers: access_ports.Newcomers
    id_tags: ports.IdTags
    reservations: ports.Reservations
    quality: insight_ports.Quality
    frame_logs: insight_ports.FrameLogs
    configuration: insight_ports.Configuration
    upstreams: upstream_ports.Upstreams
    sessions: ports.SessionViews
    links: ports.SessionLinks
    refunds: money_ports.Refunds
    refund_desk: money_ports.RefundDesk
    books: money_ports.Books
    wallets: ports.WalletConnector
    printed_link: ports.PrintedLink
    outbox: ports.Outbox | None = None
    """Only where there is no mail server."""
