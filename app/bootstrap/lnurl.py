"""What wallets call: pay requests, invoices, withdrawals, webhooks."""

from dataclasses import dataclass

from app.bootstrap.common import Common
from app.bootstrap.prices import prices_over
from app.bootstrap.room_settings import ask_settings
from app.bootstrap.selling import checkout_over
from app.charging.ports import Chance
from app.checkout.service import Checkout
from app.linking import WalletKeys
from app.settings import SettingsError
from app.wallets.asking import PaymentAsker
from app.wallets.connected import ConnectedWallets
from app.wallets.looking_up import LookUpBudget
from app.wallets.remote import AskedWallets


@dataclass(frozen=True, slots=True)
class Lnurl:
    """The parts behind the routes."""

    checkout: Checkout
    wallet_keys: WalletKeys
    chance: Chance


def lnurl_parts(common: Common, checkout: Checkout) -> Lnurl:
    """The parts, around a checkout."""
    base = common.base
    keys = WalletKeys.over(base.tables, common.signer, base.clock, base.chance)
    return Lnurl(checkout, keys, base.chance)


def lnurl_alone(common: Common) -> Lnurl:
    """The surface by itself. It opens no wallet, so it is told whom to ask about them."""
    asks = common.base.asks_wallets
    if asks is None:
        raise SettingsError("STROM_PERFORM_FUNCTION: is needed on AWS")
    wallets = ConnectedWallets(common.base.tables, AskedWallets(asks))
    base = common.base
    asking = ask_settings(base.settings)
    asker = PaymentAsker(wallets, base.clock, LookUpBudget(base.clock), asking)
    common.flow.performers = {**common.flow.performers, **asker.by_effect()}
    return lnurl_parts(common, checkout_over(common, wallets, prices_over(common.base)))
