"""Owners' wallets, connected and opened here; or asked for, where another process opens them."""

from app.bootstrap.common import Common
from app.bootstrap.foundation import Foundation, outbound_policy
from app.wallets.backend import Parts
from app.wallets.connections import BACKENDS, WalletOpener
from app.wallets.connector import Opener, WalletConnector
from app.wallets.remote_connecting import RemoteOpener


def owners_wallets(common: Common) -> WalletConnector:
    """Every kind there is can be connected."""
    base, owed = common.base, common.flow.sessions.refunds_owed_msat
    opener = _opener(base)
    return WalletConnector(base.tables, opener, base.clock, base.chance, owed, BACKENDS)


def _opener(base: Foundation) -> Opener:
    policy = outbound_policy(base.settings)
    parts = Parts(base.http, base.tables, base.clock, base.chance, policy)
    if base.asks_wallets is None:
        return WalletOpener(parts, base.envelope)
    return RemoteOpener(base.asks_wallets, base.envelope, parts, BACKENDS)
