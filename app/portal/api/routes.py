"""The API's routes put together."""

from litestar import Router
from litestar.di import Provide
from litestar.middleware import DefineMiddleware

from app.portal.api.access import AccessApi, NewcomerApi
from app.portal.api.auth import caller
from app.portal.api.description import API_PATH, docs_page, openapi_config
from app.portal.api.insight import InsightApi
from app.portal.api.money import BookApi, RefundApi
from app.portal.api.operation import ChargePointApi, SessionApi
from app.portal.api.own_use import IdTagApi, OperationApi, ReservationApi
from app.portal.api.price_sources import PriceSourceApi
from app.portal.api.setup import LocationApi, TenantApi, WalletApi
from app.portal.api.tariffs import TariffApi
from app.portal.api.upstream import UpstreamApi
from app.portal.errors import problem
from app.portal.routing import OwnRouter
from app.portal.security import HeaderFrame
from app.portal.settings import PortalSettings

__all__ = ["API_PATH", "api_router", "openapi_config"]

_LARGEST_BODY = 64 * 1024


def api_router(settings: PortalSettings) -> Router:
    """Everything under ``/api/v1``: no cookie, no session, an API key alone."""
    keyed = OwnRouter(
        "/",
        route_handlers=[
            TenantApi,
            LocationApi,
            TariffApi,
            PriceSourceApi,
            WalletApi,
            ChargePointApi,
            AccessApi,
            NewcomerApi,
            OperationApi,
            IdTagApi,
            ReservationApi,
            InsightApi,
            UpstreamApi,
            SessionApi,
            RefundApi,
            BookApi,
        ],
        dependencies={"caller": Provide(caller)},
    )
    return OwnRouter(
        API_PATH,
        route_handlers=[keyed, docs_page],
        middleware=[DefineMiddleware(HeaderFrame, settings=settings)],
        exception_handlers={Exception: problem},
        request_max_body_size=_LARGEST_BODY,
        include_in_schema=True,
    )
