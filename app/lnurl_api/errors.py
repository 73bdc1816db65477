"""The tree of errors as LNURL has it: ``{"status": "ERROR", "reason": …}`` with HTTP 200.

Many wallets read the reason of an answer with another status, many do not.
"""

import logging
from typing import Any

from litestar import Request, Response
from litestar.exceptions import ClientException, HTTPException

from app.charging.errors import StorageError, StromError

log = logging.getLogger(__name__)

HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
OURS = "Something went wrong on our side. Please try again."
LONGEST = 144


def lnurl_error(reason: str) -> Response[dict[str, str]]:
    """The one shape of every error."""
    if len(reason) > LONGEST:
        reason = reason[: LONGEST - 1] + "…"
    return Response({"status": "ERROR", "reason": reason}, headers=HEADERS, status_code=200)


def known(request: Request[Any, Any, Any], error: StromError) -> Response[dict[str, str]]:
    """An error of the tree: its message is for whoever caused it."""
    if isinstance(error, StorageError):
        log.error("storage: %s", error)
        return lnurl_error(OURS)
    log.info("refused: %s", error.message)
    return lnurl_error(error.message)


def unreadable(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, str]]:
    """A request that does not fit its route."""
    if isinstance(error, ClientException):
        return lnurl_error("This request cannot be read.")
    return unexpected(request, error)


def unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, str]]:
    """A defect of ours; its story stays in the log."""
    log.error("unexpected", exc_info=error)
    return lnurl_error(OURS)
