"""The websocket server: charge points, live pages, `/health`.

The request decides who comes in, before the handshake: a charge point by its path and password,
which the app judges, a browser by its token. What the app refuses gets 401, and 503 when the app
cannot be asked, so that the charge point tries again.
"""

import asyncio
import http
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from app.charging.errors import (
    BadInput,
    NotFound,
    NotSignedIn,
    Refused,
    TooMany,
    Unavailable,
)
from app.charging.ports import Chance
from app.edge_messages import Connect, Connected, Watching
from app.ocpp_edge import handshake
from app.ocpp_edge.app_client import AppClient
from app.ocpp_edge.charger import Charger
from app.ocpp_edge.connection import EdgeConnection
from app.ocpp_edge.departures import Departures
from app.ocpp_edge.fleet.knocks import KnockLimits, Knocks
from app.ocpp_edge.fleet.limits import Allowance, Rate
from app.ocpp_edge.fleet.metrics import Metrics
from app.ocpp_edge.listening import Listening, listen
from app.ocpp_edge.live import LivePages
from app.ocpp_edge.opening import Opening
from app.ocpp_edge.refusals import TooOften, come_back, turned_away
from app.ocpp_edge.settings import EdgeSettings
from app.ocpp_edge.tls import edge_tls, fingerprint
from app.telemetry.context import note

log = logging.getLogger(__name__)
library_log = logging.getLogger(f"{__name__}.websockets")

LIVE = "live"
OF_A_PAGE = Rate(frames_per_s=5, bytes_per_s=1024, burst_s=10)
"""A page has nothing to say; browsers send pings at most."""


class Guest(NamedTuple):
    """Who was let in, between the request and the open socket."""

    grant: Connected | None = None
    token: str = ""
    watching: Watching | None = None


class EdgeServer:
    """Accepts sockets; ``welcome`` makes a charger of one, ``farewell`` takes it out again."""

    def __init__(
        self,
        app: AppClient,
        settings: EdgeSettings,
        chance: Chance,
        live: LivePages,
        departures: Departures,
        welcome: Callable[[Connected, EdgeConnection], Charger | None],
        farewell: Callable[[Charger], None],
        metrics: Metrics | None = None,
    ) -> None:
        self._app = app
        self._settings = settings
        self._chance = chance
        self._live = live
        self._departures = departures
        self._welcome = welcome
        self._farewell = farewell
        self._guests: dict[EdgeConnection, Guest] = {}
        self._connects = asyncio.Semaphore(settings.max_connects)
        self._waiting_connects = 0
        self._metrics = metrics or Metrics()
        self._knocks = Knocks(
            KnockLimits(settings.connects_per_minute, settings.refusals_per_minute)
        )
        self._opening = Opening(
            settings.max_silent_sockets, settings.max_request_bytes, self._gave_up
        )
        self._ports: list[Listening] = []
        self._open: set[EdgeConnection] = set()
        self.tls = edge_tls(settings)
        self.is_draining = False

    async def start(self) -> None:
        """Listen."""
        settings = self._settings
        library_log.setLevel(logging.WARNING)
        library_log.addFilter(_without_traceback)
        self._ports = [await self._listen(settings.port)]
        if self.tls is not None:
            secured = {"ssl": self.tls.context, "ssl_handshake_timeout": settings.open_timeout_s}
            self._ports.append(await self._listen(settings.tls_port, **secured))

    async def _listen(self, port: int, **more: Any) -> Listening:
        settings = self._settings
        serving = partial(
            serve,
            self._handle,
            process_request=self._admit,
            compression=None,
            server_header=None,
            open_timeout=settings.open_timeout_s,
            close_timeout=settings.close_timeout_s,
            ping_interval=None,
            max_size=settings.max_frame_bytes,
            logger=library_log,
            create_connection=cast(type[ServerConnection], self._make_connection),
            **more,
        )
        return await listen(serving, settings.host, port)

    def _make_connection(self, *arguments: Any, **more: Any) -> EdgeConnection:
        connection = EdgeConnection(*arguments, **more)
        # As an argument of `serve` it would know the connection, and be known by it.
        connection.protocol.select_subprotocol = _select_subprotocol  # type: ignore[assignment]  # its own
        connection.opening = self._opening
        return connection

    def _gave_up(self) -> None:
        self._metrics.turned_away[http.HTTPStatus.REQUEST_TIMEOUT] += 1

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self._ports[0].port

    @property
    def tls_port(self) -> int:
        """The port that is listened on for TLS."""
        return self._ports[1].port

    @property
    def connections(self) -> list[EdgeConnection]:
        """All open sockets."""
        return list(self._open)

    def look_at_certificate(self) -> None:
        """Read it again if it was renewed; one that cannot be read leaves everything as it is."""
        if self.tls is not None:
            self.tls.look()

    def stop_listening(self) -> None:
        """Take no more sockets; those that are open stay."""
        self.is_draining = True
        for port in self._ports:
            port.close()

    async def wait_closed(self) -> None:
        """Wait until every socket is closed."""
        for port in self._ports:
            await port.wait_closed()

    # --- the request -------------------------------------------------------------------------

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        assert isinstance(connection, EdgeConnection)
        connection.max_unsent_bytes = self._settings.max_unsent_bytes
        parts = handshake.segments(request.path)
        if parts == ("health",):
            return self._health(connection)
        if self.is_draining:
            return come_back(connection)
        if not handshake.wants_websocket(request.headers):
            response = connection.respond(http.HTTPStatus.UPGRADE_REQUIRED, "websockets only\n")
            response.headers["Upgrade"] = "websocket"
            return response
        handshake.mend_headers(request.headers)
        try:
            if len(parts) == 2 and parts[0] == LIVE:
                guest = Guest(token=parts[1], watching=await self._live.ask(parts[1]))
            elif _speaks_otherwise(request):
                guest = Guest()
            else:
                guest = Guest(grant=await self._ask_to_connect(connection, request, parts))
        except (Refused, NotFound, Unavailable, TooMany, BadInput) as error:
            response = turned_away(connection, error)
            self._metrics.turned_away[response.status_code] += 1
            return response
        self._expect(connection, guest)
        return None

    async def _ask_to_connect(
        self, connection: EdgeConnection, request: Request, parts: tuple[str, ...]
    ) -> Connected:
        paths = handshake.charger_paths(parts)
        if not paths:
            raise NotFound("no charge point is named")
        now, peer = asyncio.get_running_loop().time(), _address(connection)
        if not self._knocks.allows(paths[0], peer, now):
            raise TooOften("it knocks too often", retry_after_s=60)
        if self._waiting_connects >= self._settings.max_waiting_connects:
            self._knocks.was_not_asked(paths[0], peer)
            raise Unavailable("too many charge points connect at once")
        self._waiting_connects += 1
        try:
            async with self._connects:
                grant = await self._connect(connection, request, paths)
        except (NotFound, NotSignedIn):
            self._knocks.refused(peer, now)
            raise
        except Unavailable:
            self._knocks.was_not_asked(paths[0], peer)
            raise
        finally:
            self._waiting_connects -= 1
        self._knocks.let_in(paths[0])
        return grant

    async def _connect(
        self, connection: EdgeConnection, request: Request, paths: tuple[str, ...]
    ) -> Connected:
        """Ask for each path the charge point may mean, until the app knows one."""
        credentials = handshake.credentials(request.headers)
        for path in paths:
            try:
                return await self._app.connect(
                    Connect(
                        path=path,
                        username=credentials.username,
                        password_sha256=credentials.password_sha256,
                        protocol=_protocol(request),
                        instance=self._settings.instance,
                        queue=self._settings.queue,
                        connection=self._chance.token_bytes(12).hex(),
                        peer=_address(connection),
                        tls=self._settings.behind_tls or connection.secured is not None,
                        certificate_sha256=fingerprint(connection.secured),
                        is_link=handshake.LINK in request.headers,
                    )
                )
            except (NotFound, NotSignedIn):  # the app does not say which: the next may be it
                continue
        raise NotSignedIn("no such charge point, or not its password")

    def _expect(self, connection: EdgeConnection, guest: Guest) -> None:
        """Remember who was let in, also if the socket is lost before it is open."""
        self._guests[connection] = guest
        connection.on_lost = partial(self._lost_before_open, connection)
        if connection.is_lost:
            self._lost_before_open(connection)

    def _lost_before_open(self, connection: EdgeConnection) -> None:
        grant = self._guests.pop(connection, Guest()).grant
        if grant is not None:
            self._departures.add(grant.tenant, grant.charge_point, grant.epoch)

    def _health(self, connection: EdgeConnection) -> Response:
        if self.is_draining:
            return connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "stopping\n")
        return connection.respond(http.HTTPStatus.OK, "ok\n")

    # --- the open socket ---------------------------------------------------------------------

    async def _handle(self, connection: ServerConnection) -> None:
        assert isinstance(connection, EdgeConnection)
        guest = self._guests.pop(connection, Guest())
        connection.on_lost = None
        connection.forget_request()
        self._open.add(connection)
        try:
            if guest.grant is not None:
                await self._serve_charger(connection, guest.grant)
            elif guest.watching is not None:
                await self._serve_page(connection, guest.token, guest.watching)
        except ConnectionClosed:
            pass
        except Exception:
            log.exception("a socket's handler failed")
        finally:
            self._open.discard(connection)

    async def _serve_charger(self, connection: EdgeConnection, grant: Connected) -> None:
        note(tenant=grant.tenant, charge_point=grant.charge_point)
        charger = self._welcome(grant, connection)
        if charger is None:
            return
        connection.on_frame = charger.receive
        try:
            while True:  # until the connection is lost; most frames do not come this way
                charger.receive(await connection.recv(decode=False))
        finally:
            connection.on_frame = None
            self._farewell(charger)

    async def _serve_page(self, connection: EdgeConnection, token: str, watching: Watching) -> None:
        note(tenant=watching.tenant, session=watching.session)
        page = self._live.open(connection, token, watching)
        if page is None:
            return
        now = asyncio.get_running_loop().time()
        connection.allowance = Allowance(OF_A_PAGE, now, abuse_after_s=0)
        try:
            while True:  # a page has nothing to say
                await connection.recv(decode=False)
        finally:
            self._live.close(page)


def _select_subprotocol(offers: Sequence[Subprotocol]) -> Subprotocol | None:
    """The newest OCPP that both speak, in the client's own spelling; none if it offers none."""
    offer = handshake.chosen(offers)
    return None if offer is None else Subprotocol(offer)


def _protocol(request: Request) -> str:
    """What is going to be spoken; a charge point that offers nothing speaks 1.6."""
    offer = handshake.chosen(handshake.offered_protocols(request.headers))
    return (handshake.meant_by(offer) if offer is not None else None) or handshake.OCPP_16


def _speaks_otherwise(request: Request) -> bool:
    """Only protocols that are not spoken here: accept none of them, then close (OCPP-J §3.2)."""
    offers = handshake.offered_protocols(request.headers)
    return bool(offers) and handshake.chosen(offers) is None


def _address(connection: EdgeConnection) -> str:
    peer = connection.remote_address
    return str(peer[0]) if peer else ""


def _without_traceback(record: logging.LogRecord) -> bool:
    """A dropped connection or a bad handshake is everyday life, not worth a traceback."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, OSError | EOFError | ConnectionClosed)
