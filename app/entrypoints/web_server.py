"""The web of one process: uvicorn, with its certificate where nothing stands in front."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import uvicorn

from app.bootstrap import Strom
from app.charging.ports import Clock
from app.entrypoints.http import public_app
from app.settings import Settings

log = logging.getLogger(__name__)
READY_WITHIN_S = 15
CERTIFICATE_LOOK_S = 60.0


class _Server(uvicorn.Server):
    """Leaves the signals to us: sockets of charge points are to be closed as well."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@contextlib.asynccontextmanager
async def web(strom: Strom) -> AsyncIterator[None]:
    """Serve pages, LNURL and API while the block runs."""
    config = _config(strom)
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    keeping = asyncio.create_task(_keep_certificate(config, strom))
    try:
        await _until_started(server, serving)
        yield
    finally:
        keeping.cancel()
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await serving


def _config(strom: Strom) -> uvicorn.Config:
    settings = strom.foundation.settings
    config = uvicorn.Config(
        public_app(strom),
        host=settings.host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        lifespan="on",
        timeout_graceful_shutdown=5,
        ssl_certfile=settings.http_tls_certificate or None,
        ssl_keyfile=settings.http_tls_key or None,
    )
    config.load()
    return config


async def _until_started(server: _Server, serving: asyncio.Task[None]) -> None:
    async with asyncio.timeout(READY_WITHIN_S):
        while not server.started:
            if serving.done():
                serving.result()
                raise RuntimeError("the web server did not start")
            await asyncio.sleep(0.02)


async def _keep_certificate(config: uvicorn.Config, strom: Strom) -> None:
    """Show a renewed certificate to whoever connects from then on."""
    if config.ssl is None:
        return
    settings, clock = strom.foundation.settings, strom.foundation.clock
    await keep_certificate(config.ssl, settings, clock)


async def keep_certificate(context: ssl.SSLContext, settings: Settings, clock: Clock) -> None:
    """Look at the files now and then; what cannot be used leaves everything as it is."""
    files = settings.http_tls_certificate, settings.http_tls_key
    shown = _changed_at(files)
    while True:
        await clock.sleep(CERTIFICATE_LOOK_S)
        try:
            if (now := _changed_at(files)) == shown:
                continue
            # Tried elsewhere first: a new certificate without its key must not be shown.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*files)
            context.load_cert_chain(*files)
        except OSError as error:
            log.warning("the certificate of the web could not be read again: %s", error)
        else:
            shown = now
            log.info("the web shows its renewed certificate")


def _changed_at(files: tuple[str, str]) -> tuple[float, ...]:
    return tuple(Path(file).stat().st_mtime for file in files)
