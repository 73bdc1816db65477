"""The room's routes, for the public surface."""

from litestar import Router
from litestar.datastructures import ResponseHeader
from litestar.exceptions import HTTPException

from app.charging.errors import StromError
from app.checkout.service import Checkout
from app.checkout.settings import CheckoutSettings
from app.lnurl_api import errors
from app.lnurl_api.paying import paying_routes
from app.lnurl_api.webhooks import webhook_route
from app.lnurl_api.withdrawing import withdrawing_routes


def lnurl_router(checkout: Checkout, settings: CheckoutSettings) -> Router:
    """Everything a wallet calls. Any page may read it (CORS ``*``), nothing is cached."""
    base_url = settings.base_url
    lnurl = Router(
        path="/",
        route_handlers=[
            *paying_routes(checkout, base_url),
            *withdrawing_routes(checkout, base_url),
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
