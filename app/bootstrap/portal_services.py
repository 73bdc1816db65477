"""What the portal's pages and the API call."""

from dataclasses import dataclass

from app.bookkeeping.books import Books
from app.bootstrap import page_settings as page
from app.bootstrap import room_settings as room
from app.bootstrap.chargers import Chargers, passthrough
from app.bootstrap.common import Common
from app.bootstrap.prices import Prices
from app.charge_points.configuration import ChargerConfiguration, ConfigurationBook
from app.charge_points.frame_logs import FrameLogs
from app.charge_points.id_tags import IdTags
from app.charge_points.insight import ConnectionQuality
from app.charge_points.locations import Locations
from app.charge_points.newcomers import Newcomers
from app.charge_points.registry import ChargerRegistry
from app.charge_points.remote import ChargerStatuses, RemoteControl
from app.checkout.service import Checkout
from app.notifications.outbox import OutboxMailer
from app.portal.services import PortalServices
from app.portal.session_overview import SessionOverview
from app.records.refunds import Refunds
from app.tariffs.owned import OwnedTariffs
from app.tenants.build import Tenancy
from app.wallets.connector import WalletConnector
from app.wallets.performing import WalletPerformers
from app.wallets.refund_desk import RefundDesk


@dataclass(frozen=True, slots=True)
class Sides:
    """What the portal shows of other surfaces."""

    chargers: Chargers
    prices: Prices
    wallets: WalletConnector
    checkout: Checkout
    payments: WalletPerformers


def portal_services(
    common: Common, sides: Sides, tenancy: Tenancy, desk: RefundDesk, books: Books
) -> PortalServices:
    """Every service, over the common parts."""
    base, flow = common.base, common.flow
    tables, clock, chance = base.tables, base.clock, base.chance
    settings = page.portal_settings(base.settings, base.server_key)
    statuses = ChargerStatuses(common.live, flow)
    tags = IdTags(tables, clock, common.commands)
    registry = ChargerRegistry(
        tables,
        common.directory,
        clock,
        chance,
        settings.host,
        statuses.in_use,
        tags.keep_list,
    )
    newcomers = Newcomers(
        tables,
        common.directory,
        common.live,
        registry,
        common.passwords,
        base.bus,
        clock,
        chance,
    )
    return PortalServices(
        settings=settings,
        clock=clock,
        chance=chance,
        sign_up=tenancy.sign_up,
        accounts=tenancy.accounts,
        wallet_login=tenancy.wallet_login,
        recovery=tenancy.recovery,
        api_keys=tenancy.api_keys,
        owner_settings=tenancy.settings,
        provider=tenancy.provider,
        alerts=common.alerts,
        locations=Locations(tables, chance),
        tariffs=OwnedTariffs(tables, clock, chance),
        prices=sides.prices.in_force,
        price_sources=sides.prices.sources,
        chargers=registry,
        statuses=statuses,
        commands=RemoteControl(common.commands, flow, room.charge_point_settings(base.settings)),
        access=sides.chargers.security.access,
        certificates=sides.chargers.security.certificates,
        newcomers=newcomers,
        id_tags=tags,
        reservations=sides.chargers.reserving,
        links=sides.checkout,
        quality=ConnectionQuality(common.live),
        frame_logs=FrameLogs(common.live, base.bus, clock),
        configuration=ChargerConfiguration(
            ConfigurationBook(common.live, room.charge_point_settings(base.settings)),
            common.commands,
        ),
        upstreams=passthrough(common),
        sessions=SessionOverview(flow.sessions, clock, settings.host),
        refunds=Refunds(flow.sessions),
        refund_desk=desk,
        books=books,
        wallets=sides.wallets,
        printed_link=lambda name: page.printed(base.settings, name),
        outbox=common.mailer if isinstance(common.mailer, OutboxMailer) else None,
    )
