"""``strom health``: whether the Strom of these settings serves; for health checks of containers."""

import contextlib
import http.client
import ssl

from app.charging.errors import Unavailable
from app.settings import Settings

TIMEOUT_S = 4


def require_healthy(settings: Settings) -> None:
    """Ask web and edge on this machine; raises ``Unavailable`` that says which does not serve."""
    require_web(settings)
    require_edge(settings)


def require_web(settings: Settings) -> None:
    """Ask the pages; raises ``Unavailable``."""
    is_tls = bool(settings.http_tls_certificate)
    _ask("the web", settings.host, settings.http_port, "/sign-in", is_tls=is_tls)


def require_edge(settings: Settings) -> None:
    """Ask where charge points connect; raises ``Unavailable``."""
    _ask("the edge", settings.host, settings.edge_port, "/health", is_tls=False)


def _ask(what: str, host: str, port: int, path: str, *, is_tls: bool) -> None:
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # where it listens
    try:
        with contextlib.closing(_connection(here, port, is_tls=is_tls)) as connection:
            connection.request("GET", path)
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"{what} does not answer at {here}:{port} ({error})") from error
    if status >= 400:
        raise Unavailable(f"{what} answers {status} at {here}:{port}")


def _connection(host: str, port: int, *, is_tls: bool) -> http.client.HTTPConnection:
    if not is_tls:
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    context = ssl.create_default_context()
    context.check_hostname = False  # it asks itself, under a name that no certificate has
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
