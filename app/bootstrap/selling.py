"""What drivers buy with, by LNURL or on the pages: the checkout, and whether it was paid."""

from app.bootstrap import room_settings as room
from app.bootstrap.adapters import RefundAlerts
from app.bootstrap.common import Common
from app.bootstrap.prices import Prices, rates_over
from app.charge_points.remote import RemoteControl
from app.checkout.service import Checkout
from app.wallets.arrivals import ArrivalWatch
from app.wallets.connector import WalletConnector
from app.wallets.performing import AskSettings, WalletPerformers


def checkout_over(common: Common, wallets: WalletConnector, prices: Prices) -> Checkout:
    """The checkout, selling at these prices into these wallets."""
    base = common.base
    return Checkout(
        tables=base.tables,
        directory=common.directory,
        flow=common.flow,
        signer=common.signer,
        clock=base.clock,
        chance=base.chance,
        live=common.live,
        wallets=wallets,
        rates=rates_over(base),
        prices=prices.in_force,
        unlocking=remote_control(common),
        views=common.views,
        settings=room.checkout_settings(base.settings),
        refunds_owed=common.flow.sessions,
        alerts=common.alerts,
    )


def payments_over(
    common: Common, wallets: WalletConnector, arrivals: ArrivalWatch | None = None
) -> WalletPerformers:
    """What asks wallets whether they were paid, and pays where they can; the flow's from now on."""
    payments = WalletPerformers(
        wallets,
        common.base.clock,
        room.refund_settings(common.base.settings),
        asking=AskSettings(life_s=common.base.settings.invoice_life_s),
        alert=RefundAlerts(common.alerts, common.base.numbers),
        arrivals=arrivals,
    )
    common.flow.performers = {**common.flow.performers, **payments.by_effect()}
    return payments


def remote_control(common: Common) -> RemoteControl:
    """What owners, and payers at the cable, have charge points do."""
    settings = room.charge_point_settings(common.base.settings)
    return RemoteControl(common.commands, common.flow, settings)
