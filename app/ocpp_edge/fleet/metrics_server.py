"""`/metrics` on a port of its own, which no charge point and no browser needs to reach."""

import http
from collections.abc import Callable

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from app.telemetry.exposition import CONTENT_TYPE


class MetricsServer:
    """Answers `GET /metrics`; everything else is 404."""

    def __init__(self, host: str, port: int, report: Callable[[], str]) -> None:
        self._host = host
        self._port = port
        self._report = report
        self._server: Server | None = None

    async def start(self) -> None:
        """Listen."""
        self._server = await serve(
            _nobody, self._host, self._port, process_request=self._answer, server_header=None
        )

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    @property
    def port(self) -> int:
        """The port that is listened on, once started."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _answer(self, connection: ServerConnection, request: Request) -> Response:
        if request.path.partition("?")[0] != "/metrics":
            return connection.respond(http.HTTPStatus.NOT_FOUND, "only /metrics is here\n")
        response = connection.respond(http.HTTPStatus.OK, self._report())
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = CONTENT_TYPE
        return response


async def _nobody(_: ServerConnection) -> None:
    """No websocket is opened here."""
