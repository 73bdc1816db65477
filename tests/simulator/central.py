"""A central system on the ``ocpp`` package's server side, as scriptable as a test needs it."""

import base64
import json
from collections import Counter
from collections.abc import Callable
from typing import Any, Self, TypeVar, cast

from ocpp import messages
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import Action
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from app.simulator.core.bell import Bell
from app.simulator.core.pace import timestamp, utc_now

messages.ASYNC_VALIDATION = False  # a thread for each costs more than the validation

Handler = TypeVar("Handler", bound=Callable[..., Any])


def answers(action: Any) -> Callable[[Handler], Handler]:
    """The package's ``on``, typed."""
    return cast("Callable[[Handler], Handler]", on(action))


PASSWORD = "secret of the charger"
ACCEPTED = {"status": "Accepted"}


class Peer(ChargePoint):  # type: ignore[misc]  # ocpp is untyped
    """One connection, as the central system sees it."""

    def __init__(self, identity: str, connection: ServerConnection, central: "Central") -> None:
        super().__init__(identity, connection, response_timeout=3)
        self.central = central

    async def route_message(self, raw_msg: str) -> None:
        frame = json.loads(raw_msg)
        if frame[0] == 2:
            self.central.frames.append((frame[2], frame[3]))
            self.central.ids.append(frame[1])
            if self.central.swallow[frame[2]] > 0:
                self.central.swallow[frame[2]] -= 1
                self.central.bell.ring()
                return
        await super().route_message(raw_msg)
        self.central.bell.ring()

    @answers(Action.boot_notification)
    def boot(self, **_: Any) -> Any:
        status, interval = "Accepted", 300
        if self.central.boot_answers:
            status, interval = self.central.boot_answers.pop(0)
        return call_result.BootNotification(timestamp(utc_now()), interval, status)

    @answers(Action.heartbeat)
    def heartbeat(self) -> Any:
        return call_result.Heartbeat(timestamp(utc_now()))

    @answers(Action.status_notification)
    def status_notification(self, **_: Any) -> Any:
        return call_result.StatusNotification()

    @answers(Action.meter_values)
    def meter_values(self, **_: Any) -> Any:
        return call_result.MeterValues()

    @answers(Action.authorize)
    def authorize(self, id_tag: str) -> Any:
        return call_result.Authorize(self.central.info_for(id_tag))

    @answers(Action.start_transaction)
    def start_transaction(self, id_tag: str, **_: Any) -> Any:
        self.central.last_transaction += 1
        return call_result.StartTransaction(
            self.central.last_transaction, self.central.info_for(id_tag)
        )

    @answers(Action.stop_transaction)
    def stop_transaction(self, **_: Any) -> Any:
        return call_result.StopTransaction()


class Central:
    """Listens on the loopback; remembers every request; answers as it is told."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.frames: list[tuple[str, dict[str, Any]]] = []
        self.ids: list[str] = []
        self.boot_answers: list[tuple[str, int]] = []
        self.swallow: Counter[str] = Counter()
        """How many requests of each action are left unanswered."""
        self.bad_tags: set[str] = set()
        self.last_transaction = 700
        self.bell = Bell()
        self.peers: dict[str, Peer] = {}
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self.port,
            subprotocols=[Subprotocol("ocpp1.6")],
            process_request=self._check,
            compression=None,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ocpp"

    def received(self, action: str) -> list[dict[str, Any]]:
        return [payload for name, payload in self.frames if name == action]

    def actions(self) -> list[str]:
        return [name for name, _ in self.frames]

    def info_for(self, id_tag: str) -> dict[str, str]:
        return {"status": "Invalid" if id_tag in self.bad_tags else "Accepted"}

    async def until(self, holds: Callable[[], bool], timeout: float = 10.0) -> None:
        """Wait for something the charger does."""
        await self.bell.until(holds, timeout)

    async def ask(self, message: Any, identity: str = "CP1") -> Any:
        return await self.peers[identity].call(message, suppress=False)

    async def start(self, id_tag: str = "TAG1", connector: int | None = 1) -> str:
        answer = await self.ask(call.RemoteStartTransaction(id_tag, connector))
        return str(answer.status)

    async def stop(self, transaction_id: int | str | None) -> str:
        answer = await self.ask(call.RemoteStopTransaction(transaction_id))
        return str(answer.status)

    async def configure(self, key: str, value: str) -> str:
        answer = await self.ask(call.ChangeConfiguration(key, value))
        return str(answer.status)

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        identity = request.path.rsplit("/", 1)[-1]
        good = base64.b64encode(f"{identity}:{PASSWORD}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {good}":
            return connection.respond(401, "who are you?\n")
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request
        identity = connection.request.path.rsplit("/", 1)[-1]
        self.peers[identity] = peer = Peer(identity, connection, self)
        try:
            await peer.start()
        except ConnectionClosed:
            return
