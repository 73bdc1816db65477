"""Settings of who asks wallets and pays, from the settings of this Strom."""

from app.settings import Settings
from app.wallets.arrivals import WatchSettings
from app.wallets.refunds import RefundSettings


def refund_settings(settings: Settings) -> RefundSettings:
    """How refunds in doubt are followed up."""
    return RefundSettings(unknown_s=settings.refund_unknown_s)


def watch_settings(settings: Settings) -> WatchSettings:
    """How many open invoices are watched at their wallets."""
    return WatchSettings(most=settings.watched_payments)
