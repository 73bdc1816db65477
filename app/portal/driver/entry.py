"""What bootstrap mounts."""

from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

from app.charging.errors import StromError
from app.charging.ports import Clock
from app.checkout.service import Checkout
from app.portal.driver import (
    actions,
    invoice_page,
    lost_page,
    price_feed,
    receipt_page,
    session_page,
    station_page,
)
from app.portal.driver.errors import answer_error
from app.portal.driver.ports import PayRequests, SandboxPayments, SessionFacts
from app.portal.driver.rendering import STATIC, DriverPages, assets_path
from app.portal.driver.services import Driver
from app.portal.driver.settings import DriverSettings
from app.portal.routing import OwnRouter

A_YEAR_S = 365 * 24 * 3600


def driver_handlers(
    checkout: Checkout,
    settings: DriverSettings,
    facts: SessionFacts,
    clock: Clock,
    *,
    pay_requests: PayRequests | None = None,
    sandbox: SandboxPayments | None = None,
) -> list[ControllerRouterHandler]:
    """``/c/…``, ``/s/…`` and their static files. Without cookies, so without CSRF tokens.

    They bring headers and error pages of their own.
    """
    pages = DriverPages(settings.portal)
    driver = Driver(checkout, settings, pages, facts, clock, pay_requests, sandbox)
    routes = OwnRouter(
        path="/",
        route_handlers=[
            *station_page.HANDLERS,
            *price_feed.HANDLERS,
            *invoice_page.HANDLERS,
            *session_page.HANDLERS,
            *actions.HANDLERS,
            *lost_page.HANDLERS,
            *receipt_page.HANDLERS,
        ],
        dependencies={"driver": Provide(lambda: driver, sync_to_thread=False)},
        exception_handlers={
            StromError: lambda request, error: answer_error(pages, request, error),
            HTTPException: lambda request, error: answer_error(pages, request, error),
        },
        opt={"exclude_from_csrf": True},
        include_in_schema=False,
    )
    static = create_static_files_router(
        path=assets_path(),
        directories=[STATIC],
        cache_control=CacheControlHeader(public=True, max_age=A_YEAR_S, immutable=True),
        include_in_schema=False,
    )
    return [routes, static]
