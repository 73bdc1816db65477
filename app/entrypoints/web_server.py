"""The web of one process: uvicorn, with its certificate where nothing stands in front."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import uvicorn

from app.bootstrap.composition import Strom
from app.charging.ports import Clock
from app.entrypoints.http.public import public_app
from app.entrypoints.observing import observed
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
async def web(strom: Strom) -> AsyncIterator[Callable[[], None]]:
    """Serve pages, LNURL and API while the block runs; gives what looks for a renewed
    certificate."""
    config = _config(strom)
    shown = _shown(config, strom.foundation.settings)
    keeping = asyncio.create_task(_keep(shown, strom.foundation.clock))
    try:
        async with serving(config):
            yield shown.look if shown is not None else _nothing
    finally:
        keeping.cancel()


@contextlib.asynccontextmanager
async def serving(config: uvicorn.Config) -> AsyncIterator[None]:
    """One uvicorn, while the block runs."""
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    try:
        await _until_started(server, task)
        yield
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _config(strom: Strom) -> uvicorn.Config:
    settings = strom.foundation.settings
    config = uvicorn.Config(
        observed(public_app(strom), "public", strom.foundation),
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


class ShownCertificate:
    """What the web shows: read again when its files are others, for whoever connects then."""

    def __init__(self, context: ssl.SSLContext, certificate: str, key: str) -> None:
        self._context = context
        self._files = (certificate, key)
        self._changed_at = self._now()

    def look(self) -> None:
        """Look once; what cannot be used leaves everything as it is."""
        try:
            if (now := self._now()) == self._changed_at:
                return
            # Tried elsewhere first: a new certificate without its key must not be shown.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self._files)
            self._context.load_cert_chain(*self._files)
        except OSError as error:
            log.warning("the certificate of the web could not be read again: %s", error)
        else:
            self._changed_at = now
            log.info("the web shows its renewed certificate")

    def _now(self) -> tuple[float, ...]:
        return tuple(Path(file).stat().st_mtime for file in self._files)


def _shown(config: uvicorn.Config, settings: Settings) -> ShownCertificate | None:
    if config.ssl is None:
        return None
    return ShownCertificate(config.ssl, settings.http_tls_certificate, settings.http_tls_key)


def _nothing() -> None:
    """There is no certificate to look for."""


async def _keep(shown: ShownCertificate | None, clock: Clock) -> None:
    if shown is not None:
        await keep_certificate(shown, clock)


async def keep_certificate(shown: ShownCertificate, clock: Clock) -> None:
    """Look at the files now and then."""
    while True:
        await clock.sleep(CERTIFICATE_LOOK_S)
        shown.look()
