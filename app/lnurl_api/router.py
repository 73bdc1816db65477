"""The room's routes, for the public surface."""

from litestar import Router
from litestar.datastructures import ResponseHeader
from litestar.exceptions import HTTPException

from app.charging.errors import StromError
from app.charging.ports import Chance
from app.checkout.service import Checkout
from app.checkout.settings import CheckoutSettings
from app.linking import WalletKeys
from app.lnurl_api import errors
from app.lnurl_api.auth import auth_route
from app.lnurl_api.paying import paying_routes
from app.lnurl_api.webhooks import webhook_route
from app.lnurl_api.withdrawing import withdrawing_routes


def lnurl_router(
    checkout: Checkout, settings: CheckoutSettings, keys: WalletKeys, chance: Chance
) -> Router:
    """Everything a wallet calls. Any page may read it (CORS ``*``), nothing is cached."""
    lnurl = Router(
        path="/",
        route_handlers=[
            *paying_routes(checkout, settings, chance),
            *withdrawing_routes(checkout, settings.base_url),
            auth_route(keys),
        ],
        exception_handlers={
            StromError: errors.known,
            HTTPException: errors.unreadable,
            Exception: errors.unexpected,
        },
        response_headers=[
            ResponseHeader(name=name, value=value) for name, value in errors.HEADERS.items()
        ],
        include_in_schema=False,
    )
    return Router(
        path="/", route_handlers=[lnurl, webhook_route(checkout)], include_in_schema=False
    )
