"""Every part over one foundation."""

from dataclasses import dataclass
from datetime import timedelta

import msgspec

from app.bookkeeping.audit import Audit
from app.bookkeeping.books import Books
from app.bookkeeping.export import Export
from app.bookkeeping.sealing import Sealing
from app.bootstrap import room_settings as room
from app.bootstrap.adapters import (
    RefundAlerts,
    SandboxDrivers,
    SandboxRing,
)
from app.bootstrap.common import Common, common_parts, passthrough
from app.bootstrap.foundation import Foundation
from app.bootstrap.portal_services import portal_services
from app.bootstrap.prices import rates_over
from app.certificates.watch import CertificateWatch
from app.charge_points.connecting import Connecting
from app.charge_points.live import Live
from app.charge_points.messages import Messages
from app.charge_points.routes import Internal
from app.charge_points.signal_limits import SignalLimits
from app.charge_points.standing import Sight
from app.charge_points.unseen_ends import UnseenEnds
from app.charging import effects as ef
from app.charging.session import Session
from app.checkout.address_invoices import AddressInvoices
from app.checkout.offering import RefundOffers
from app.checkout.service import Checkout
from app.flow import Flow
from app.linking import WalletKeys
from app.lnurl_api.pay_requests import PayRequests
from app.notifications.letters import Letters
from app.notifications.mail import Mailer
from app.notifications.reminders import RefundReminders
from app.portal.driver.facts import StoredFacts
from app.portal.driver.settings import DriverSettings
from app.portal.services import PortalServices
from app.records.refunds import Refunds
from app.records.seals import Seals
from app.tenants.build import Tenancy, build_tenancy
from app.wallets.arrivals import ArrivalWatch
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


def put_together(base: Foundation) -> Strom:
    """Every part over the same foundation."""
    common = common_parts(base)
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
        portal=portal_services(common, tenancy, checkout, desk, books),
        driver_settings=room.driver_settings(base.settings, base.server_key),
        facts=StoredFacts(base.tables, common.signer, checkout.settings.host),
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


def _checkout(common: Common) -> Checkout:
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
        rates=rates_over(base),
        prices=common.prices.in_force,
        unlocking=common.remote,
        settings=room.checkout_settings(base.settings),
        refunds_owed=common.flow.sessions,
        alerts=common.alerts,
    )


def _tenancy(common: Common) -> Tenancy:
    base = common.base
    return build_tenancy(
        tables=base.tables,
        directory=common.directory,
        clock=base.clock,
        chance=base.chance,
        letters=Letters(common.mailer),
        settings=room.account_settings(base.settings, base.server_key),
    )


def _internal(common: Common, checkout: Checkout) -> Internal:
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
        passthrough(base, live_chargers),
    )
    limits = SignalLimits(
        base.tables,
        live_chargers,
        common.commands,
        common.prices.in_force,
        base.clock,
        timedelta(seconds=base.settings.signal_interval_s),
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
        limits.follow,
    )
    roots_pem = common.security.authorities.roots_pem
    return Internal(connecting, messages, live, live_chargers, roots_pem)


def _books(common: Common) -> Books:
    sessions, tables = common.flow.sessions, common.base.tables
    return Books(Export(sessions), Audit(sessions, Seals(tables), common.wallets))


def _paying(common: Common, arrivals: ArrivalWatch) -> WalletPerformers:
    return WalletPerformers(
        common.wallets,
        common.base.clock,
        room.refund_settings(common.base.settings),
        alert=RefundAlerts(common.alerts),
        arrivals=arrivals,
    )


def _set_performers(common: Common, paying: WalletPerformers) -> None:
    base = common.base
    ringing = common.ringing
    settings = room.charge_point_settings(base.settings)
    ends = UnseenEnds(common.live, common.flow.sessions, base.clock, settings, ringing.stop)
    common.flow.look = Sight(common.live).look
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
