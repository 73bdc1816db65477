"""What is answered to a request that does not lead to a socket."""

import http
import logging

from websockets.http11 import Response

from app.charging.errors import NotFound, Refused, StromError, TooMany, Unavailable
from app.ocpp_edge.connection import EdgeConnection

log = logging.getLogger(__name__)

COME_BACK_AFTER_S = 10


class TooOften(TooMany):
    """One that connects again and again; others are let in meanwhile."""


def turned_away(connection: EdgeConnection, error: StromError) -> Response:
    """Told apart: knocks too often, not now, not known, not understood."""
    match error:
        case TooOften():
            response = connection.respond(http.HTTPStatus.TOO_MANY_REQUESTS, "too often\n")
            response.headers["Retry-After"] = str(error.retry_after_s)
            return response
        case Unavailable() | TooMany():
            log.info("not let in: %s", error.message)
            return come_back(connection)
        case Refused() | NotFound():
            response = connection.respond(http.HTTPStatus.UNAUTHORIZED, "not let in\n")
            response.headers["WWW-Authenticate"] = 'Basic realm="Strom", charset="UTF-8"'
            return response
    return connection.respond(http.HTTPStatus.BAD_REQUEST, "not understood\n")


def come_back(connection: EdgeConnection) -> Response:
    """Not now, and when."""
    response = connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "try again later\n")
    response.headers["Retry-After"] = str(COME_BACK_AFTER_S)
    return response
