"""Owners' wallets, connected and opened here; or asked for, where another process opens them."""

from app.bootstrap.asked_wallets import asked_wallets
from app.bootstrap.common import Common
from app.bootstrap.foundation import outbound_policy
from app.wallets.backend import Parts
from app.wallets.connections import BACKENDS, WalletOpener
from app.wallets.connector import WalletConnector


def owners_wallets(common: Common) -> WalletConnector:
    """Every kind there is can be connected."""
    base = common.base
    if base.asks_wallets is not None:
        return asked_wallets(common, base.asks_wallets, BACKENDS)
    policy = outbound_policy(base.settings)
    parts = Parts(base.http, base.tables, base.clock, base.chance, policy)
    opener, owed = WalletOpener(parts, base.envelope), common.flow.sessions.refunds_owed_msat
    return WalletConnector(base.tables, opener, base.clock, base.chance, owed, BACKENDS)
