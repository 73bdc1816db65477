"""All of Strom in one process, over one foundation."""

from dataclasses import dataclass

from app.bookkeeping.audit import Audit
from app.bookkeeping.export import Export
from app.bootstrap import money_settings as money
from app.bootstrap.chargers import charger_parts
from app.bootstrap.common import common_parts
from app.bootstrap.counting import Counting
from app.bootstrap.foundation import Foundation
from app.bootstrap.internal import internal_parts
from app.bootstrap.lnurl import Lnurl, lnurl_parts
from app.bootstrap.paying import payments_over
from app.bootstrap.perform import refund_offers
from app.bootstrap.portal import Portal, portal_parts
from app.bootstrap.portal_services import Sides
from app.bootstrap.prices import prices_over
from app.bootstrap.selling import checkout_over
from app.bootstrap.wallets import owners_wallets
from app.certificates.watch import CertificateWatch
from app.charge_points.routes import Internal
from app.checkout.service import Checkout
from app.flow import Flow
from app.notifications.mail import Mailer
from app.portal.services import PortalServices
from app.tariffs.spot.sources import SpotSources
from app.tenants.build import Tenancy
from app.wallets.arrivals import ArrivalWatch
from app.wallets.connector import WalletConnector
from app.wallets.sandbox import SandboxPayer
from app.wallets.watch import WalletWatch


@dataclass(frozen=True, slots=True)
class Strom:
    """This Strom, put together; entrypoints serve its parts."""

    foundation: Foundation
    flow: Flow
    lnurl: Lnurl
    pages: Portal
    internal: Internal
    wallets: WalletConnector
    wallet_watch: WalletWatch
    arrivals: ArrivalWatch
    certificate_watch: CertificateWatch
    price_sources: SpotSources
    mailer: Mailer

    @property
    def checkout(self) -> Checkout:
        """What drivers buy with."""
        return self.lnurl.checkout

    @property
    def portal(self) -> PortalServices:
        """What the owners' pages and the API call."""
        return self.pages.services

    @property
    def tenancy(self) -> Tenancy:
        """Owners and their people."""
        return self.pages.tenancy

    @property
    def sandbox_payer(self) -> SandboxPayer:
        """The wallet of sandbox drivers."""
        return self.pages.sandbox_payer

    @property
    def audit(self) -> Audit:
        """The check of an owner's books."""
        return self.pages.books.audit

    @property
    def export(self) -> Export:
        """An owner's books, line by line."""
        return self.pages.books.export


def put_together(base: Foundation) -> Strom:
    """Every surface over the same parts."""
    common, prices = common_parts(base), prices_over(base)
    wallets, chargers = owners_wallets(common), charger_parts(common)
    checkout = checkout_over(common, wallets, prices)
    arrivals = ArrivalWatch(
        wallets, checkout.hint, base.clock, base.chance, money.watch_settings(base.settings)
    )
    payments = payments_over(common, wallets, arrivals)
    refund_offers(common)
    return Strom(
        foundation=base,
        flow=common.flow,
        lnurl=lnurl_parts(common, checkout),
        pages=portal_parts(common, Sides(chargers, prices, wallets, checkout, payments)),
        internal=internal_parts(common, chargers.security, prices),
        wallets=wallets,
        wallet_watch=WalletWatch(
            wallets,
            common.flow.sessions,
            common.alerts,
            Counting(base.numbers, base.clock).count,
        ),
        arrivals=arrivals,
        certificate_watch=chargers.security.watch,
        price_sources=prices.sources,
        mailer=common.mailer,
    )
