"""LNURL, lightning addresses and wallets' webhooks: a thin translation of ``app.checkout``."""

from app.lnurl_api.router import lnurl_router

__all__ = ["lnurl_router"]
