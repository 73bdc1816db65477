"""What edges reach."""

from litestar import Litestar

from app.charge_points.routes import Internal, internal_router


def internal_app(parts: Internal) -> Litestar:
    """What the edge calls; in one process it is never bound to a socket."""
    return Litestar(
        route_handlers=[internal_router(parts)],
        openapi_config=None,
        logging_config=None,
    )
