"""Headers of every page, the session around it, and the check that a form is our own."""

import hmac
from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection, Request
from litestar.datastructures import MutableScopeHeaders
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.portal.browser_session import BrowserSession, SessionCookies
from app.portal.settings import PortalSettings

SESSION_KEY = "strom_session"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})

FORGED = "this form was not sent from our own page, or lay open too long; please send it again"


def page_headers(settings: PortalSettings) -> dict[str, str]:
    """The headers of a page: nothing inline, nothing from elsewhere, in nobody's frame."""
    live = urlsplit(settings.live_origin)
    connect = f"'self' {live.scheme}://{live.netloc}" if live.netloc else "'self'"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src {connect}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types strom"
    )
    headers = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "cache-control": "no-store",
    }
    if settings.is_https:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


class HeaderFrame:
    """The middleware around pages without a session: it sets the headers."""

    def __init__(self, app: ASGIApp, settings: PortalSettings) -> None:
        self._app = app
        self._headers = page_headers(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; a header that the handler has set stays."""

        async def framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                self.finish(scope, headers)
            await send(message)

        self.begin(scope)
        await self._app(scope, receive, framed)

    def begin(self, scope: Scope) -> None:
        """Before the request is handled."""

    def finish(self, scope: Scope, headers: MutableScopeHeaders) -> None:
        """Before the answer is sent."""


class PageFrame(HeaderFrame):
    """The middleware around an owner's pages: it also reads the session and sets its cookie."""

    def __init__(self, app: ASGIApp, cookies: SessionCookies, settings: PortalSettings) -> None:
        super().__init__(app, settings)
        self._cookies = cookies

    def begin(self, scope: Scope) -> None:
        """Read the session."""
        sent = ASGIConnection[Any, Any, Any, Any](scope).cookies.get(self._cookies.name)
        scope["state"][SESSION_KEY] = self._cookies.read(sent)

    def finish(self, scope: Scope, headers: MutableScopeHeaders) -> None:
        """Set the cookie where the session changed."""
        if cookie := self._cookies.header(scope["state"][SESSION_KEY]):
            headers.add("set-cookie", cookie)


def session_of(connection: ASGIConnection[Any, Any, Any, Any]) -> BrowserSession | None:
    """The browser's session, on pages that have one."""
    session = connection.scope["state"].get(SESSION_KEY)
    return session if isinstance(session, BrowserSession) else None


async def own_forms_only(
    connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
) -> None:
    """The guard of every handler that changes something by a form."""
    if not isinstance(connection, Request) or connection.method in _READS:
        return
    if connection.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise PermissionDeniedException(FORGED)
    session = session_of(connection)
    assert isinstance(connection, Request)
    sent = (await connection.form()).get("csrf")
    known = session.data.csrf if session is not None else ""
    if not known or not isinstance(sent, str):
        raise PermissionDeniedException(FORGED)
    if not hmac.compare_digest(sent.encode(), known.encode()):
        raise PermissionDeniedException(FORGED)
