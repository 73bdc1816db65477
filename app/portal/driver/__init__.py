"""The driver's pages: a charge point with its price, an invoice, a charge as it runs, its refund.

They need no account, no cookie and no script: whoever holds a session's link is its payer. Scripts
make them live. ``driver_handlers`` in ``entry`` is what bootstrap mounts.
"""
