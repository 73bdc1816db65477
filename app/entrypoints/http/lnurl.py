"""What wallets reach."""

from litestar import Litestar, Router

from app.bootstrap.lnurl import Lnurl
from app.lnurl_api.router import lnurl_router


def lnurl_app(parts: Lnurl) -> Litestar:
    """What wallets reach, by itself."""
    return Litestar(route_handlers=[lnurl_routes(parts)], openapi_config=None, logging_config=None)


def lnurl_routes(parts: Lnurl) -> Router:
    """Its routes."""
    checkout = parts.checkout
    return lnurl_router(checkout, checkout.settings, parts.wallet_keys, parts.chance)
