"""What asks wallets about payments and pays refunds."""

from app.bootstrap import money_settings as money
from app.bootstrap.adapters import RefundAlerts
from app.bootstrap.common import Common
from app.bootstrap.room_settings import ask_settings
from app.wallets.arrivals import ArrivalWatch
from app.wallets.connector import WalletConnector
from app.wallets.performing import WalletPerformers


def payments_over(
    common: Common, wallets: WalletConnector, arrivals: ArrivalWatch | None = None
) -> WalletPerformers:
    """What asks wallets whether they were paid, and pays where they can; the flow's from now on."""
    payments = WalletPerformers(
        wallets,
        common.base.clock,
        money.refund_settings(common.base.settings),
        asking=ask_settings(common.base.settings),
        alert=RefundAlerts(common.alerts, common.base.numbers),
        arrivals=arrivals,
    )
    common.flow.performers = {**common.flow.performers, **payments.by_effect()}
    return payments
