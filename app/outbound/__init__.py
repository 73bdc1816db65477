"""Connections to addresses that users gave us: wallets, lightning addresses, webhooks.

A hosted provider must not be made to talk to its own network (SSRF): only globally reachable
addresses are allowed unless the provider runs at home and says so. The check that counts is made
when the connection is opened, on the very address that is connected to, so a name that resolves
differently a moment later (DNS rebinding) gains nothing. ``OutboundPolicy.check_url`` makes the
same check beforehand, for a message the user can act on. The client is
``app.outbound.client.guarded_client``, apart because it imports httpx.
"""

from app.outbound.policy import OutboundPolicy, Resolve, is_public, resolve_host

__all__ = ["OutboundPolicy", "Resolve", "is_public", "resolve_host"]
