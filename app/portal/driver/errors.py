"""Errors as drivers read them: a page that helps, or one line for the page's script."""

import logging

from litestar import Response
from litestar.exceptions import HTTPException

from app.charging.errors import (
    BadInput,
    Conflict,
    NotFound,
    Refused,
    StorageError,
    TooMany,
    Unavailable,
)
from app.checkout.errors import NotYetPaid
from app.portal.driver.language import translate
from app.portal.driver.numbers import Numbers
from app.portal.driver.rendering import DriverPages, as_json, wants_html
from app.portal.forms import AnyRequest

log = logging.getLogger(__name__)

TRY_AGAIN = "This did not work just now. Please try again in a moment."
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (NotFound, 404),
    (TooMany, 429),
    (Conflict, 409),
    (BadInput, 422),
    (Refused, 403),
    (StorageError, 503),
    (Unavailable, 503),
)


def status_of(error: Exception) -> int:
    """The HTTP status of an error."""
    if isinstance(error, HTTPException):
        return error.status_code
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def message_of(error: Exception) -> str:
    """What to tell the driver, in English; nothing of our storage or of a defect of ours."""
    if isinstance(error, BadInput | Refused | Unavailable):
        return error.message
    return TRY_AGAIN


def answer_error(pages: DriverPages, request: AnyRequest, error: Exception) -> Response[object]:
    """The answer to a request that failed."""
    status = status_of(error)
    if status >= 500:
        log.warning("a driver's request failed: %s", error, exc_info=status == 500)
    numbers = Numbers(pages.language(request))
    text = translate(numbers.language, message_of(error))
    headers = {"retry-after": str(error.retry_after_s)} if isinstance(error, TooMany) else {}
    if isinstance(error, NotYetPaid) and request.method == "GET":
        headers = {"retry-after": "3"}
    answer: Response[object]
    if not wants_html(request):
        answer = as_json({"error": text, "retry": isinstance(error, NotYetPaid)}, status)
        answer.headers.update(headers)
        return answer
    template = "error.html"
    if isinstance(error, NotYetPaid):
        template = "not_paid.html"
    elif status in (404, 405):
        template = "not_found.html"
    return pages.render(
        template,
        numbers,
        status=status,
        headers=headers,
        message=text,
        is_session=request.url.path.startswith("/s/"),
    )
