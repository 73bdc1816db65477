"""Every part over one foundation."""

from dataclasses import dataclass

import httpx
import msgspec
from litestar import Litestar

from app.bookkeeping.audit import Audit
from app.bookkeeping.books import Books
from app.bookkeeping.export import Export
from app.bookkeeping.sealing import Sealing
from app.bootstrap import room_settings as room
from app.bootstrap.adapters import (
    Announcing,
    ConfigurationAlerts,
    RefundAlerts,
    SandboxDrivers,
    SandboxRing,
)
from app.bootstrap.charger_security import ChargerSecurity, charger_security
from app.bootstrap.foundation import Foundation
from app.bootstrap.foundation import outbound_policy as policy_of
from app.certificates.watch import CertificateWatch
from app.charge_points.commands import Ringing
from app.charge_points.configuration import ChargerConfiguration, ConfigurationBook
from app.charge_points.connecting import Connecting
from app.charge_points.frame_logs import FrameLogs
from app.charge_points.id_tags import IdTags
from app.charge_points.insight import ConnectionQuality
from app.charge_points.live import Live
from app.charge_points.locations import Locations
from app.charge_points.messages import Messages
from app.charge_points.newcomers import Newcomers
from app.charge_points.owner_commands import OwnerCommands
from app.charge_points.passthrough import Passthrough
from app.charge_points.registry import ChargerRegistry
from app.charge_points.remote import ChargerStatuses, RemoteControl
from app.charge_points.reserving import Reserving
from app.charge_points.routes import Internal
from app.charge_points.unseen_ends import UnseenEnds
from app.charging import effects as ef
from app.charging.session import Session
from app.checkout.address_invoices import AddressInvoices
from app.checkout.offering import RefundOffers
from app.checkout.service import Checkout
from app.flow import Flow, FlowSettings
from app.linking import WalletKeys
from app.lnurl_api.pay_requests import PayRequests
from app.notifications.alerts import OwnerAlerts
from app.notifications.background import BackgroundMailer
from app.notifications.letters import Letters
from app.notifications.mail import Mailer
from app.notifications.outbox import OutboxMailer
from app.notifications.reminders import RefundReminders
from app.notifications.smtp import SmtpMailer
from app.ocpp_edge.app_client import HttpAppClient
from app.ocpp_edge.edge import Edge
from app.ocpp_edge.fleet.metrics import Metrics
from app.operations import Reserve
from app.portal.driver.facts import StoredFacts
from app.portal.driver.settings import DriverSettings
from app.portal.services import PortalServices
from app.portal.session_overview import SessionOverview
from app.records import rows
from app.records.commands import GivenCommands
from app.records.directory import Directory
from app.records.live import LiveChargers
from app.records.refunds import Refunds
from app.records.reservations import Reservations
from app.records.seals import Seals
from app.records.sessions import Sessions
from app.tariffs.coinbase import Coinbase
from app.tariffs.fixed_rates import FixedRates
from app.tariffs.kraken import Kraken
from app.tariffs.owned import OwnedTariffs
from app.tariffs.rates import RateLimits, Rates
from app.tenants.build import Tenancy, build_tenancy
from app.tokens import Signer
from app.wallets.arrivals import ArrivalWatch
from app.wallets.backend import Parts
from app.wallets.connections import WalletOpener
from app.wallets.connector import WalletConnector
from app.wallets.performing import WalletPerformers
from app.wallets.refund_desk import RefundDesk
from app.wallets.sandbox import SandboxPayer
from app.wallets.watch import WalletWatch


@dataclass(frozen=True, slots=True)
class Strom:
    """This Strom, put together; entrypoints serve its parts."""

    foundation: Foundation
    flow: Flow
    checkout: Checkout
    internal: Internal
    tenancy: Tenancy
    portal: PortalServices
    driver_settings: DriverSettings
    facts: StoredFacts
    wallet_keys: WalletKeys
    pay_requests: PayRequests
    sandbox_payer: SandboxPayer
    sandbox_drivers: SandboxDrivers
    wallet_watch: WalletWatch
    wallets: WalletConnector
    arrivals: ArrivalWatch
    audit: Audit
    certificate_watch: CertificateWatch
    export: Export
    mailer: Mailer


@dataclass(frozen=True, slots=True)
class _Common:
    """What most rooms need, made once."""

    base: Foundation
    flow: Flow
    announcing: Announcing
    signer: Signer
    wallet_keys: WalletKeys
    directory: Directory
    live: LiveChargers
    remote: RemoteControl
    commands: OwnerCommands
    reserving: Reserving
    ringing: Ringing
    wallets: WalletConnector
    mailer: Mailer
    alerts: OwnerAlerts
    security: ChargerSecurity


def put_together(base: Foundation) -> Strom:
    """Every part over the same foundation."""
    common = _common(base)
    checkout = _checkout(common)
    tenancy = _tenancy(common)
    internal = _internal(common, checkout)
    arrivals = ArrivalWatch(
        common.wallets, checkout.hint, base.clock, base.chance, room.watch_settings(base.settings)
    )
    paying = _paying(common, arrivals)
    _set_performers(common, paying)
    books = _books(common)
    desk = RefundDesk(common.flow, paying.refunds)
    payer = SandboxPayer(base.tables, base.clock, base.chance, ring=SandboxRing(checkout))
    return Strom(
        foundation=base,
        flow=common.flow,
        checkout=checkout,
        internal=internal,
        tenancy=tenancy,
        portal=_portal(common, tenancy, checkout, desk, books),
        driver_settings=room.driver_settings(base.settings, base.server_key),
        facts=StoredFacts(base.tables, common.signer),
        wallet_keys=common.wallet_keys,
        pay_requests=PayRequests(checkout, base.settings.base_url),
        sandbox_payer=payer,
        sandbox_drivers=SandboxDrivers(payer),
        wallet_watch=WalletWatch(common.wallets, common.flow.sessions, common.alerts),
        wallets=common.wallets,
        arrivals=arrivals,
        audit=books.audit,
        certificate_watch=common.security.watch,
        export=books.export,
        mailer=common.mailer,
    )


def make_edge(strom: Strom, internal: Litestar) -> Edge:
    """The edge of this process: it calls the internal surface without a socket."""
    base = strom.foundation
    settings = room.edge_settings(base.settings, base.chance)
    transport = httpx.ASGITransport(app=internal)  # type: ignore[arg-type]  # ASGI, typed more narrowly
    http = httpx.AsyncClient(transport=transport, base_url="http://internal")
    metrics = Metrics()
    client = HttpAppClient(http, timeout_s=settings.app_timeout_s, metrics=metrics)
    return Edge(settings, client, base.bus, base.clock, base.chance, metrics)


def _common(base: Foundation) -> _Common:
    settings, tables, clock, chance = base.settings, base.tables, base.clock, base.chance
    announcing = Announcing()
    times = FlowSettings(
        lease_s=settings.lease_s,
        perform_timeout_s=settings.perform_timeout_s,
        at_once_grace_s=settings.redeliver_s,
    )
    sessions = Sessions(tables, settings.due_shards)
    flow = Flow(tables, sessions, clock, chance, base.queue, announcing, times)
    live = LiveChargers(tables, clock)
    mailer = _mailer(base)
    alerts = OwnerAlerts(tables, clock, mailer, settings.base_url)
    drifted = ConfigurationAlerts(alerts, rows.charge_points(tables))
    book = ConfigurationBook(live, room.charge_point_settings(settings), drifted)
    commands = OwnerCommands(GivenCommands(tables), live, flow, clock, chance, book.followers)
    reserving = Reserving(Reservations(tables), commands, clock, chance)
    commands.followers[Reserve] = reserving.answered
    parts = Parts(base.http, tables, clock, chance, policy_of(settings))
    opener = WalletOpener(parts, base.envelope)
    signer = Signer(base.server_key)
    directory = Directory(tables, clock)
    host = room.checkout_settings(settings).host
    security = charger_security(base, directory, live, commands, alerts, host)
    return _Common(
        base=base,
        flow=flow,
        announcing=announcing,
        signer=signer,
        wallet_keys=WalletKeys.over(tables, signer, clock, chance),
        directory=directory,
        live=live,
        remote=RemoteControl(commands, flow),
        commands=commands,
        reserving=reserving,
        ringing=Ringing(
            live,
            base.bus,
            clock,
            room.charge_point_settings(settings),
            commands,
            security.passwords.reveal,
        ),
        wallets=WalletConnector(tables, opener, clock, chance, sessions.refunds_owed_msat),
        mailer=mailer,
        alerts=alerts,
        security=security,
    )


def _checkout(common: _Common) -> Checkout:
    base = common.base
    return Checkout(
        tables=base.tables,
        directory=common.directory,
        flow=common.flow,
        signer=common.signer,
        clock=base.clock,
        chance=base.chance,
        live=common.live,
        wallets=common.wallets,
        rates=_rates(base),
        unlocking=common.remote,
        settings=room.checkout_settings(base.settings),
        refunds_owed=common.flow.sessions,
        alerts=common.alerts,
    )


def _tenancy(common: _Common) -> Tenancy:
    base = common.base
    return build_tenancy(
        tables=base.tables,
        directory=common.directory,
        clock=base.clock,
        chance=base.chance,
        letters=Letters(common.mailer),
        settings=room.account_settings(base.settings, base.server_key),
    )


def _internal(common: _Common, checkout: Checkout) -> Internal:
    base, live_chargers, flow = common.base, common.live, common.flow
    settings = room.charge_point_settings(base.settings)

    async def view(tenant: str, session: Session, version: int) -> dict[str, object]:
        seen: dict[str, object] = msgspec.to_builtins(await checkout.view(tenant, session, version))
        return seen

    live = Live(
        base.tables, flow.sessions, live_chargers, base.bus, base.clock, common.signer, view
    )
    common.announcing.live = live
    connecting = Connecting(
        common.security.doorkeeper,
        live_chargers,
        flow,
        base.bus,
        settings,
        common.ringing,
        common.security.knocking,
        _passthrough(base, live_chargers),
    )
    messages = Messages(
        live_chargers,
        flow,
        common.commands,
        base.clock,
        base.chance,
        settings,
        common.security.certificates,
        live.watched,
    )
    roots_pem = common.security.authorities.roots_pem
    return Internal(connecting, messages, live, live_chargers, roots_pem)


def _passthrough(base: Foundation, live: LiveChargers) -> Passthrough:
    policy = room.upstream_policy(base.settings)
    settings = room.charge_point_settings(base.settings)
    return Passthrough(base.tables, live, base.bus, base.envelope, base.clock, policy, settings)


def _books(common: _Common) -> Books:
    sessions, tables = common.flow.sessions, common.base.tables
    return Books(Export(sessions), Audit(sessions, Seals(tables), common.wallets))


def _paying(common: _Common, arrivals: ArrivalWatch) -> WalletPerformers:
    return WalletPerformers(
        common.wallets,
        common.base.clock,
        room.refund_settings(common.base.settings),
        alert=RefundAlerts(common.alerts),
        arrivals=arrivals,
    )


def _set_performers(common: _Common, paying: WalletPerformers) -> None:
    base = common.base
    ringing = common.ringing
    settings = room.charge_point_settings(base.settings)
    ends = UnseenEnds(common.live, common.flow.sessions, base.clock, settings, ringing.stop)
    common.flow.performers = {
        ef.StartCharging: ringing.start,
        ef.StopCharging: ends.stop,
        ef.CarryOut: ringing.carry_out,
        ef.SealSession: Sealing(Seals(base.tables), base.clock).seal,
        ef.OfferRefund: _offers(base).offer_refund,
        ef.RemindOfRefund: RefundReminders(
            Refunds(common.flow.sessions), common.alerts, base.clock
        ).remind,
        **paying.by_effect(),
    }


def _offers(base: Foundation) -> RefundOffers:
    settings = room.checkout_settings(base.settings)
    return RefundOffers(base.tables, AddressInvoices(base.http), base.clock, settings)


def _portal(
    common: _Common, tenancy: Tenancy, checkout: Checkout, desk: RefundDesk, books: Books
) -> PortalServices:
    base, flow = common.base, common.flow
    tables, clock, chance = base.tables, base.clock, base.chance
    settings = room.portal_settings(base.settings, base.server_key)
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
        common.security.passwords,
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
        chargers=registry,
        statuses=statuses,
        commands=common.remote,
        access=common.security.access,
        certificates=common.security.certificates,
        newcomers=newcomers,
        id_tags=tags,
        reservations=common.reserving,
        links=checkout,
        quality=ConnectionQuality(common.live),
        frame_logs=FrameLogs(common.live, base.bus, clock),
        configuration=ChargerConfiguration(
            ConfigurationBook(common.live, room.charge_point_settings(base.settings)),
            common.commands,
        ),
        upstreams=_passthrough(base, common.live),
        sessions=SessionOverview(flow.sessions, clock, settings.host),
        refunds=Refunds(flow.sessions),
        refund_desk=desk,
        books=books,
        wallets=common.wallets,
        printed_link=lambda name: room.printed(base.settings, name),
        outbox=common.mailer if isinstance(common.mailer, OutboxMailer) else None,
    )


def _rates(base: Foundation) -> Rates:
    """Fixed where the provider wrote them down, else of two exchanges that must agree."""
    settings, clock = base.settings, base.clock
    limits = RateLimits(stale_s=settings.rate_fresh_s)
    if settings.fixed_rates:
        return Rates([FixedRates(settings.fixed_rates, clock)], clock, limits)
    return Rates([Kraken(base.http, clock), Coinbase(base.http, clock)], clock, limits)


def _mailer(base: Foundation) -> Mailer:
    if not base.settings.smtp_host:
        return OutboxMailer(base.tables, base.clock, base.chance)
    return BackgroundMailer(SmtpMailer(room.smtp_settings(base.settings), base.clock), base.clock)
