"""Errors as people and programs read them: a page, or problem+json. Never a stack trace."""

import logging
from http import HTTPStatus
from urllib.parse import quote

from litestar import Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from app.charging.errors import (
    BadInput,
    Conflict,
    NotAllowed,
    NotFound,
    NotSignedIn,
    StorageConflict,
    StorageError,
    TooMany,
    Unavailable,
)
from app.portal.forms import AnyRequest
from app.portal.pages import Pages, flash, go, local_path
from app.portal.security import page_headers
from app.portal.settings import PortalSettings

_log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (TooMany, 429),
    (NotFound, 404),
    (Conflict, 409),
    (BadInput, 422),
    (NotSignedIn, 401),
    (NotAllowed, 403),
    (StorageConflict, 409),
    (StorageError, 503),
    (Unavailable, 503),
)
OURS = "something went wrong on our side; it was written down, please try again later"
_PLAIN = {
    404: "there is nothing here",
    405: "this cannot be done here",
    413: "this is too much at once",
    503: "this does not answer just now; please try again in a moment",
}


def status_and_message(error: Exception) -> tuple[int, str]:
    """The HTTP status of an error, and what to say. What is a defect of ours is logged."""
    for kind, status in _STATUS:
        if isinstance(error, kind):
            is_storage = isinstance(error, StorageError)
            text = _PLAIN[503] if is_storage else str(getattr(error, "message", OURS))
            return status, text
    if isinstance(error, HTTPException) and error.status_code < 500:
        return error.status_code, _PLAIN.get(error.status_code, error.detail)
    _log.error("a request failed", exc_info=error)
    return 500, OURS


def retry_headers(error: Exception) -> dict[str, str]:
    """When to try again, where that is known."""
    return {"retry-after": str(error.retry_after_s)} if isinstance(error, TooMany) else {}


class PageErrors:
    """The exception handler of pages."""

    def __init__(self, pages: Pages, settings: PortalSettings) -> None:
        self._pages = pages
        self._headers = page_headers(settings)

    def __call__(self, request: AnyRequest, error: Exception) -> Response[str] | Redirect:
        """A page that says what happened and where to go on."""
        if isinstance(error, NotSignedIn):
            return self._to_sign_in(request)
        status, message = status_and_message(error)
        return self._pages.render(
            request,
            "error.html",
            status=status,
            headers={**self._headers, **retry_headers(error)},
            title=HTTPStatus(status).phrase,
            message=message,
        )

    def _to_sign_in(self, request: AnyRequest) -> Redirect:
        path = request.url.path if request.method == "GET" else "/"
        flash(request, "Please sign in.", "calm")
        wanted = local_path(path)
        return go("/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted)}")


def problem(_: AnyRequest, error: Exception) -> Response[dict[str, object]]:
    """The exception handler of the API: RFC 9457."""
    status, message = status_and_message(error)
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
    }
    field = getattr(error, "field", None)
    if field:
        body["field"] = field
    extra = getattr(error, "extra", None)
    if status == 400 and isinstance(extra, list):
        body["errors"] = [
            {"field": str(each.get("key", "")), "message": str(each.get("message", ""))}
            for each in extra
            if isinstance(each, dict)
        ]
    headers = retry_headers(error)
    if status == 401:
        headers["www-authenticate"] = 'Bearer realm="strom"'
    return Response(
        body,
        status_code=status,
        media_type="application/problem+json",
        headers={**headers, "cache-control": "no-store", "x-content-type-options": "nosniff"},
    )
