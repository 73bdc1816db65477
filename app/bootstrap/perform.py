"""What performs owed effects that take long, payments among them, and answers about wallets."""

from app.bootstrap import room_settings as room
from app.bootstrap.chargers import charger_parts
from app.bootstrap.common import Common
from app.bootstrap.paying import payments_over
from app.bootstrap.wallets import owners_wallets
from app.charging import effects as ef
from app.checkout.address_invoices import AddressInvoices
from app.checkout.offering import RefundOffers
from app.notifications.reminders import RefundReminders
from app.records.refunds import Refunds
from app.wallets.connector import WalletConnector


def perform_alone(common: Common) -> WalletConnector:
    """The surface by itself: ``common.flow`` performs whatever may be owed, by these wallets."""
    wallets = owners_wallets(common)
    charger_parts(common)  # what follows from commands that are given up
    payments_over(common, wallets)
    refund_offers(common)
    return wallets


def refund_offers(common: Common) -> None:
    """What offers refunds to drivers, and reminds of them; the flow's from now on."""
    base, flow = common.base, common.flow
    settings = room.checkout_settings(base.settings)
    offers = RefundOffers(base.tables, AddressInvoices(base.http), base.clock, settings)
    reminders = RefundReminders(Refunds(flow.sessions), common.alerts, base.clock)
    flow.performers = {
        **flow.performers,
        ef.OfferRefund: offers.offer_refund,
        ef.RemindOfRefund: reminders.remind,
    }
