"""An edge: the real one, over sockets in memory and a network to the app that loses requests."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from websockets.datastructures import Headers
from websockets.http11 import Request

from app.bootstrap.edges import edge_settings
from app.charge_points.routes import Internal
from app.charging.errors import (
    BadInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    StromError,
    TooMany,
    Unavailable,
)
from app.edge_messages import (
    CommandBus,
    Connect,
    Connected,
    Disconnect,
    Lease,
    MessageBatch,
    MessageResults,
    Trust,
    Watch,
    Watching,
)
from app.ocpp_edge.connection import EdgeConnection
from app.ocpp_edge.edge import Edge
from app.ocpp_edge.server import EdgeServer
from app.ocpp_edge.settings import EdgeSettings
from app.settings import Settings
from tests.simulation.process import Lost, Process
from tests.simulation.wire import MemoryConnection, Offline, Wire

T = TypeVar("T")
M = TypeVar("M", bound=msgspec.Struct)
AskApp = Callable[[Callable[[Internal], Awaitable[T]], float], Awaitable[T]]
"""Has something done by an app process that is alive."""


class MemoryServer(EdgeServer):
    """The edge's server without its sockets; who may come in is judged as ever."""

    open_connections: dict[MemoryConnection, None]

    async def start(self) -> None:
        self.open_connections = {}

    @property
    def port(self) -> int:
        return 0

    @property
    def connections(self) -> list[EdgeConnection]:
        return list(self.open_connections)

    async def serve_wire(
        self, wire: Wire, request: Request, answered: Callable[[int], None]
    ) -> None:
        """One connection from its request to its end."""
        connection = wire.edge_end
        refusal = await self._admit(connection, request)
        if refusal is not None or not wire.is_open:
            answered(503 if refusal is None else refusal.status_code)
            connection.lost()
            return
        answered(101)
        self.open_connections[connection] = None
        try:
            await self._handle(connection)
        finally:
            self.open_connections.pop(connection, None)
            if not wire.is_dark:
                wire.cut()
            connection.lost()


class NetworkAppClient:
    """The ``AppClient`` port over the model's network; messages cross it as JSON."""

    def __init__(self, ask: AskApp[msgspec.Struct | None], timeout_s: float) -> None:
        self._ask = ask
        self._timeout_s = timeout_s

    async def connect(self, message: Connect) -> Connected:
        said = _copy(message)
        return _copy(
            await self._post(lambda app: app.shielded(app.connecting.connect(said)), Connected)
        )

    async def messages(self, batch: MessageBatch) -> MessageResults:
        said = _copy(batch)
        return _copy(await self._post(lambda app: app.shielded(app.take(said)), MessageResults))

    async def disconnect(self, message: Disconnect) -> None:
        await self._post(lambda app: app.shielded(app.connecting.disconnect(message)), type(None))

    async def lease(self, message: Lease) -> None:
        args = message.instance, message.queue, message.valid_for_s
        await self._post(lambda app: app.chargers.renew_edge(*args), type(None))

    async def watch(self, message: Watch) -> Watching:
        return _copy(await self._post(lambda app: app.live.watch(message), Watching))

    async def trust(self) -> Trust:
        return Trust()

    async def _post(self, work: Callable[[Internal], Awaitable[T]], kind: type[T]) -> T:
        try:
            answer = await self._ask(work, self._timeout_s)  # type: ignore[arg-type]  # one of them
        except TooMany as error:
            raise Unavailable("429") from error
        except (NotSignedIn, NotAllowed, NotFound, BadInput):
            raise
        except (StromError, Lost) as error:
            raise Unavailable(str(error)) from error
        assert isinstance(answer, kind)
        return answer


async def _never() -> None:
    await asyncio.get_running_loop().create_future()


class EdgeProcess:
    """One instance of the edge."""

    def __init__(
        self, process: Process, settings: Settings, ask: AskApp[object], bus: CommandBus
    ) -> None:
        self.process = process
        self.settings: EdgeSettings = edge_settings(settings, process.chance)
        client = NetworkAppClient(ask, self.settings.app_timeout_s)  # type: ignore[arg-type]
        self.edge = Edge(self.settings, client, bus, process.clock, process.chance)
        edge = self.edge
        # Virtual time has no lag, and looking for it took a quarter of each run.
        edge._fleet.watch_lag = _never  # type: ignore[method-assign]
        self.server = MemoryServer(
            client,
            self.settings,
            process.chance,
            edge._live,
            edge._departures,
            welcome=edge._welcome,
            farewell=edge._farewell,
        )
        edge._server = self.server
        process.spawn(edge.start())
        process.at_death.append(self._sockets_close)

    async def dial(self, wire: Wire, path: str, password: str = "") -> None:
        """Connect; raises ``Offline`` with what was answered."""
        headers = Headers(Upgrade="websocket", Connection="Upgrade")
        if password:
            known = base64.b64encode(f"{path}:{password}".encode()).decode()
            headers["Authorization"] = f"Basic {known}"
            headers["Sec-WebSocket-Protocol"] = "ocpp1.6"
        answer = self.process.loop.create_future()

        def answered(status: int) -> None:
            if not answer.done():
                answer.set_result(status)

        self.process.at_death.append(lambda: answered(0))
        self.process.spawn(self.server.serve_wire(wire, Request(path, headers), answered))
        status = await answer
        if status != 101:
            raise Offline(f"answered {status}")

    def _sockets_close(self) -> None:
        """The kernel closes what a dead process had open."""
        for connection in self.server.connections:
            assert isinstance(connection, MemoryConnection)
            connection.close_soon(1006, "")


def _copy(message: M) -> M:
    """As it arrives on the other side."""
    return msgspec.json.decode(msgspec.json.encode(message), type=type(message))
