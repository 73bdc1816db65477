"""What browsers and programs reach: owners, the provider, drivers at the cable."""

from dataclasses import dataclass

from app.bookkeeping.audit import Audit
from app.bookkeeping.books import Books
from app.bookkeeping.export import Export
from app.bootstrap import page_settings as page
from app.bootstrap.chargers import charger_parts
from app.bootstrap.common import Common
from app.bootstrap.paying import payments_over
from app.bootstrap.portal_services import Sides, portal_services
from app.bootstrap.prices import prices_over
from app.bootstrap.sandbox import SandboxDrivers, SandboxRing
from app.bootstrap.selling import checkout_over
from app.bootstrap.wallets import owners_wallets
from app.charging.ports import Clock
from app.checkout.service import Checkout
from app.lnurl_api.pay_requests import PayRequests
from app.notifications.letters import Letters
from app.portal.driver.facts import StoredFacts
from app.portal.driver.settings import DriverSettings
from app.portal.services import PortalServices
from app.records.seals import Seals
from app.tenants.build import Tenancy, build_tenancy
from app.wallets.connector import WalletConnector
from app.wallets.refund_desk import RefundDesk
from app.wallets.sandbox import SandboxPayer


@dataclass(frozen=True, slots=True)
class Portal:
    """The parts behind pages and API."""

    services: PortalServices
    tenancy: Tenancy
    books: Books
    checkout: Checkout
    clock: Clock
    driver_settings: DriverSettings
    facts: StoredFacts
    pay_requests: PayRequests
    sandbox_payer: SandboxPayer
    sandbox_drivers: SandboxDrivers


def portal_alone(common: Common) -> Portal:
    """The surface by itself."""
    prices, wallets = prices_over(common.base), owners_wallets(common)
    checkout = checkout_over(common, wallets, prices)
    payments = payments_over(common, wallets)
    return portal_parts(common, Sides(charger_parts(common), prices, wallets, checkout, payments))


def portal_parts(common: Common, sides: Sides) -> Portal:
    """The parts, around those of other surfaces."""
    base, checkout = common.base, sides.checkout
    tenancy, books = _tenancy(common), _books(common, sides.wallets)
    payer = SandboxPayer(base.tables, base.clock, base.chance, ring=SandboxRing(checkout))
    desk = RefundDesk(common.flow, sides.payments.refunds)
    return Portal(
        services=portal_services(common, sides, tenancy, desk, books),
        tenancy=tenancy,
        books=books,
        checkout=checkout,
        clock=base.clock,
        driver_settings=page.driver_settings(base.settings, base.server_key),
        facts=StoredFacts(base.tables, common.signer, checkout.settings.host),
        pay_requests=PayRequests(checkout, base.settings.base_url),
        sandbox_payer=payer,
        sandbox_drivers=SandboxDrivers(payer),
    )


def _tenancy(common: Common) -> Tenancy:
    base = common.base
    return build_tenancy(
        tables=base.tables,
        directory=common.directory,
        clock=base.clock,
        chance=base.chance,
        letters=Letters(common.mailer),
        settings=page.account_settings(base.settings, base.server_key),
    )


def _books(common: Common, wallets: WalletConnector) -> Books:
    sessions = common.flow.sessions
    return Books(Export(sessions), Audit(sessions, Seals(common.base.tables), wallets))
