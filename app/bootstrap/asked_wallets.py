"""Owners' wallets where another process opens them: no backend is needed to ask for an invoice."""

from collections.abc import Mapping

from app.bootstrap.common import Common
from app.bootstrap.foundation import outbound_policy
from app.wallets.backend import Backend, Parts
from app.wallets.connector import WalletConnector
from app.wallets.remote import Asks, RemoteOpener


def asked_wallets(common: Common, asks: Asks, backends: Mapping[str, Backend]) -> WalletConnector:
    """``backends``: the kinds that can be connected here, all the same."""
    base = common.base
    parts = Parts(base.http, base.tables, base.clock, base.chance, outbound_policy(base.settings))
    opener = RemoteOpener(asks, base.envelope, parts, backends)
    owed = common.flow.sessions.refunds_owed_msat
    return WalletConnector(base.tables, opener, base.clock, base.chance, owed, backends)
