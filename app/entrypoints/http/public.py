"""What the world reaches of one process."""

from litestar import Litestar

from app.bootstrap.composition import Strom
from app.entrypoints.http.lnurl import lnurl_routes
from app.entrypoints.http.portal import driver_routes
from app.portal.app import PortalPlugin


def public_app(strom: Strom) -> Litestar:
    """What wallets, browsers and programs reach. It has no internal route."""
    return Litestar(
        route_handlers=[lnurl_routes(strom.lnurl), *driver_routes(strom.pages)],
        plugins=[PortalPlugin(strom.portal)],
        logging_config=None,
    )
