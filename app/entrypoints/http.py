"""The HTTP apps, one per surface: what the world reaches, and what the edge alone calls."""

from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.types import ControllerRouterHandler

from app.bootstrap import Strom
from app.charge_points.routes import internal_router
from app.charging.errors import BadInput, NotAllowed, NotFound, NotSignedIn, StromError
from app.lnurl_api.router import lnurl_router
from app.portal.app import PortalPlugin
from app.portal.driver.entry import driver_handlers
from app.wallets.sandbox_routes import sandbox_router

STATUS: tuple[tuple[type[StromError], int], ...] = (
    (NotFound, 404),
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (BadInput, 400),
)


def public_app(strom: Strom) -> Litestar:
    """What wallets, browsers and programs reach. It has no internal route."""
    return Litestar(
        route_handlers=[_lnurl(strom), *_pages(strom)],
        plugins=[PortalPlugin(strom.portal)],
        logging_config=None,
    )


def lnurl_app(strom: Strom) -> Litestar:
    """What wallets reach, by itself."""
    return Litestar(route_handlers=[_lnurl(strom)], openapi_config=None, logging_config=None)


def pages_app(strom: Strom) -> Litestar:
    """What browsers and programs reach, by itself."""
    return Litestar(
        route_handlers=_pages(strom), plugins=[PortalPlugin(strom.portal)], logging_config=None
    )


def _lnurl(strom: Strom) -> Router:
    checkout = strom.checkout
    return lnurl_router(checkout, checkout.settings, strom.wallet_keys, strom.foundation.chance)


def _pages(strom: Strom) -> list[ControllerRouterHandler]:
    driver = driver_handlers(
        strom.checkout,
        strom.driver_settings,
        strom.facts,
        strom.foundation.clock,
        pay_requests=strom.pay_requests,
        sandbox=strom.sandbox_drivers,
    )
    return [sandbox_router(strom.checkout, strom.sandbox_payer, error_answer), *driver]


def internal_app(strom: Strom) -> Litestar:
    """What the edge calls; in one process it is never bound to a socket."""
    return Litestar(
        route_handlers=[internal_router(strom.internal)],
        openapi_config=None,
        logging_config=None,
    )


def error_answer(_request: Request[Any, Any, Any], error: StromError) -> Response[dict[str, str]]:
    """An error as JSON for a program of ours; what is not the caller's fault is 503."""
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 503)
    return Response({"detail": error.message}, status_code=status)
