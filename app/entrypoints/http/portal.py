"""What browsers and programs reach."""

from typing import Any

from litestar import Litestar, Request, Response
from litestar.types import ControllerRouterHandler

from app.bootstrap.portal import Portal
from app.charging.errors import BadInput, NotAllowed, NotFound, NotSignedIn, StromError
from app.portal.app import PortalPlugin
from app.portal.driver.entry import driver_handlers
from app.wallets.sandbox_routes import sandbox_router

STATUS: tuple[tuple[type[StromError], int], ...] = (
    (NotFound, 404),
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (BadInput, 400),
)


def pages_app(parts: Portal) -> Litestar:
    """What browsers and programs reach, by itself."""
    return Litestar(
        route_handlers=driver_routes(parts),
        plugins=[PortalPlugin(parts.services)],
        logging_config=None,
    )


def driver_routes(parts: Portal) -> list[ControllerRouterHandler]:
    """The driver's pages, and the wallet of sandbox drivers; the plugin brings the rest."""
    driver = driver_handlers(
        parts.checkout,
        parts.driver_settings,
        parts.facts,
        parts.clock,
        pay_requests=parts.pay_requests,
        sandbox=parts.sandbox_drivers,
    )
    return [sandbox_router(parts.checkout, parts.sandbox_payer, error_answer), *driver]


def error_answer(_request: Request[Any, Any, Any], error: StromError) -> Response[dict[str, str]]:
    """An error as JSON for a program of ours; what is not the caller's fault is 503."""
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 503)
    return Response({"detail": error.message}, status_code=status)
