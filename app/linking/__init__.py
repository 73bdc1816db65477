"""LNURL-auth (LUD-04): keys of wallets that stand for people, below the rooms that use them.

A challenge (``k1``) is stateless and signed by us; the wallet's answer to it is one row, written
once. Drivers find their charges by it, owners sign in with it.
"""

from app.linking.challenges import Action, Challenge, Challenges
from app.linking.signatures import verify
from app.linking.wallet_keys import WalletKeys

__all__ = ["Action", "Challenge", "Challenges", "WalletKeys", "verify"]
