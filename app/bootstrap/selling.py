"""What drivers buy with, by LNURL or on the pages: the checkout."""

from app.bootstrap import room_settings as room
from app.bootstrap.common import Common
from app.bootstrap.prices import Prices, rates_over
from app.charge_points.unlocking import CableRelease
from app.checkout.ports import Wallets
from app.checkout.service import Checkout


def checkout_over(common: Common, wallets: Wallets, prices: Prices) -> Checkout:
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
        unlocking=CableRelease(common.commands),
        views=common.views,
        settings=room.checkout_settings(base.settings),
        refunds_owed=common.flow.sessions,
        alerts=common.alerts,
    )
