"""The portal as a Litestar plugin, and as an application of its own."""

from collections.abc import Sequence

from litestar import Litestar, Request, Response, Router
from litestar.config.app import AppConfig
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.plugins import InitPlugin
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler, Dependencies

from app.portal.api.routes import API_PATH, api_router, openapi_config
from app.portal.browser_session import SessionCookies
from app.portal.errors import PageErrors, problem
from app.portal.owner.access import AccessPages, NewcomerPages
from app.portal.owner.books import BookPages
from app.portal.owner.chargers import ChargerPages
from app.portal.owner.dashboard import DashboardPages
from app.portal.owner.id_tags import IdTagPages
from app.portal.owner.insight import InsightPages
from app.portal.owner.locations import LocationPages
from app.portal.owner.operations import OperationPages, ReservationPages
from app.portal.owner.outbox import OutboxPages
from app.portal.owner.price_sources import PriceSourcePages
from app.portal.owner.refunds import RefundPages
from app.portal.owner.sessions import SessionPages
from app.portal.owner.settings import ApiKeyPages, SettingsPages
from app.portal.owner.sign_in import SignInPages
from app.portal.owner.sign_up import SignUpPages
from app.portal.owner.tariffs import TariffPages
from app.portal.owner.upstream import UpstreamPages
from app.portal.owner.wallet_sign_in import LinkedWalletPages, WalletSignInPages
from app.portal.owner.wallets import WalletPages
from app.portal.pages import STATIC, Pages
from app.portal.people import owner, person, provider, visitor
from app.portal.provider.console import ConsolePages
from app.portal.routing import OwnRouter
from app.portal.security import HeaderFrame, PageFrame, own_forms_only
from app.portal.services import PortalServices

_ANYONE = (SignUpPages, SignInPages, WalletSignInPages, DashboardPages, OutboxPages)
_OWNERS = (
    WalletPages,
    LocationPages,
    TariffPages,
    PriceSourcePages,
    ChargerPages,
    AccessPages,
    NewcomerPages,
    OperationPages,
    ReservationPages,
    IdTagPages,
    InsightPages,
    UpstreamPages,
    SessionPages,
    RefundPages,
    BookPages,
    SettingsPages,
    LinkedWalletPages,
    ApiKeyPages,
)
_LARGEST_FORM = 64 * 1024


def portal_router(
    services: PortalServices, pages: Pages, *, also: Sequence[ControllerRouterHandler] = ()
) -> list[ControllerRouterHandler]:
    """The route handlers: pages, API, static files.

    ``also`` are more pages, the driver's: they get the headers, the error pages and the
    dependencies ``services`` and ``pages``, but no session and no cookie.
    """
    settings = services.settings
    cookies = SessionCookies(
        settings.session_secret,
        services.clock,
        services.chance,
        settings.session_lasts,
        settings.cookies_need_https,
    )
    framed = OwnRouter(
        "/",
        route_handlers=[
            *_ANYONE,
            OwnRouter("/", route_handlers=list(_OWNERS), dependencies={"me": Provide(owner)}),
            OwnRouter("/", route_handlers=[ConsolePages], dependencies={"me": Provide(provider)}),
        ],
        dependencies={"person": Provide(person), "visitor": Provide(visitor)},
        guards=[own_forms_only],
        middleware=[DefineMiddleware(PageFrame, cookies=cookies, settings=settings)],
        exception_handlers={Exception: PageErrors(pages, settings)},
        request_max_body_size=_LARGEST_FORM,
        include_in_schema=False,
    )
    plain = OwnRouter(
        "/",
        route_handlers=list(also),
        middleware=[DefineMiddleware(HeaderFrame, settings=settings)],
        exception_handlers={Exception: PageErrors(pages, settings)},
        request_max_body_size=_LARGEST_FORM,
        include_in_schema=False,
    )
    return [
        OwnRouter(
            "/",
            route_handlers=[framed, plain, api_router(settings)],
            dependencies=_shared(services, pages),
        ),
        _static(),
    ]


class PortalPlugin(InitPlugin):
    """Adds the portal to an application: routes, error pages, the API's description."""

    def __init__(
        self,
        services: PortalServices,
        *,
        also: Sequence[ControllerRouterHandler] = (),
        pages: Pages | None = None,
    ) -> None:
        self._services = services
        self._also = also
        self.pages = pages or Pages(services.settings)

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Called by Litestar."""
        app_config.route_handlers.extend(portal_router(self._services, self.pages, also=self._also))
        # What no route takes ends here: a page, or a problem where programs ask.
        page_errors = PageErrors(self.pages, self._services.settings)

        def nowhere(request: Request, error: Exception) -> Response:  # type: ignore[type-arg]  # of any kind
            if request.url.path.startswith(f"{API_PATH}/"):
                return problem(request, error)
            return page_errors(request, error)

        app_config.exception_handlers = {
            Exception: nowhere,
            **(app_config.exception_handlers or {}),
        }
        app_config.openapi_config = openapi_config(self._services.settings)
        return app_config


def create_portal_app(services: PortalServices) -> Litestar:
    """The portal alone, for tests."""
    return Litestar(plugins=[PortalPlugin(services)], logging_config=None)


def _shared(services: PortalServices, pages: Pages) -> Dependencies:
    return {
        "services": Provide(lambda: services, sync_to_thread=False),
        "pages": Provide(lambda: pages, sync_to_thread=False),
    }


def _static() -> Router:
    """Static files; their URLs carry a hash, so they are kept for a year."""

    def safely(response: Response) -> Response:  # type: ignore[type-arg]  # of any kind
        response.headers["x-content-type-options"] = "nosniff"
        return response

    return create_static_files_router(
        path="/static",
        directories=[STATIC],
        cache_control=CacheControlHeader(public=True, max_age=31_536_000, immutable=True),
        after_request=safely,
    )
