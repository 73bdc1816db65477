"""A certificate that Strom gets itself: the port where it is asked for, and its keeper."""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence

import uvicorn

from app.acme_client.door import Door
from app.acme_client.keeper import prepare
from app.bootstrap.composition import Strom
from app.bootstrap.own_certificate import acme_settings, certificate_keeper
from app.charging.ports import Clock
from app.entrypoints.loops import beside
from app.entrypoints.web_server import serving
from app.settings import Settings, SettingsError


def prepare_certificate(settings: Settings, clock: Clock) -> None:
    """Before anything listens: there is something to show."""
    try:
        prepare(acme_settings(settings), clock.now())
    except OSError as error:
        raise SettingsError(f"STROM_DATA_DIR: no certificate can be kept there ({error})") from None


@contextlib.asynccontextmanager
async def keeping_certificate(
    strom: Strom, show: Sequence[Callable[[], None]]
) -> AsyncIterator[None]:
    """Get and renew it while the block runs."""
    base = strom.foundation
    settings = base.settings
    door = Door(settings.base_url)
    logging.getLogger("acme").setLevel(logging.WARNING)  # it tells whole answers otherwise
    keeper = certificate_keeper(settings, door.answers, base.clock, base.chance, show)
    config = uvicorn.Config(
        door,
        host=settings.host,
        port=settings.acme_http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
        limit_concurrency=200,
    )
    async with serving(config), beside(keeper.run()):
        yield
