"""Owners' Lightning wallets: one file per backend, behind the ``Wallet`` port.

``connections`` opens a stored connection and tests a new one; a backend is added by one file
and one line in its registry.
"""
