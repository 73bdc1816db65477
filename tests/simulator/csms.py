"""A central system without a library: validates every frame against the package's schemas."""

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any, Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request

from app.simulator.core.bell import Bell
from app.simulator.core.pace import timestamp, utc_now
from app.simulator.wire.schemas import complaint

Payload = dict[str, Any]
SCHEMAS = {"ocpp1.6": "v16", "ocpp2.0.1": "v201", "ocpp2.1": "v21"}


class Csms:
    """Answers everything; ``answers`` may say otherwise for an action."""

    def __init__(self, subprotocol: str = "ocpp2.0.1", **options: Any) -> None:
        self.subprotocol = subprotocol
        self.options = options
        self.calls: list[tuple[str, Payload]] = []
        self.requests: list[Request] = []
        self.errors: list[list[Any]] = []
        self.texts: list[str] = []
        self.complaints: list[str] = []
        self.answers: dict[str, Callable[[Payload], Payload | None]] = {}
        """None leaves the call unanswered."""
        self.connections: list[ServerConnection] = []
        self.bell = Bell()
        self._open: dict[str, tuple[str, asyncio.Future[Any]]] = {}
        self._server: Server | None = None
        self.port = 0
        self._transactions = 700

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            0,
            select_subprotocol=lambda _, offered: offered[0] if offered else None,
            compression=None,
            close_timeout=1,
            **self.options,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        scheme = "wss" if "ssl" in self.options else "ws"
        return f"{scheme}://127.0.0.1:{self.port}/ocpp"

    def received(self, action: str) -> list[Payload]:
        return [payload for name, payload in self.calls if name == action]

    def events(self) -> list[tuple[str, str, str]]:
        """Every TransactionEvent: (type, trigger, charging state)."""
        return [
            (each["eventType"], each["triggerReason"], each["transactionInfo"]["chargingState"])
            for each in self.received("TransactionEvent")
        ]

    async def until(self, holds: Callable[[], bool], timeout: float = 10.0) -> None:
        try:
            await self.bell.until(holds, timeout)
        except TimeoutError:
            last = [name for name, _ in self.calls[-8:]]
            raise TimeoutError(f"it never came to that; last: {last}; {self.complaints}") from None

    async def ask(self, action: str, payload: Payload | None = None) -> Any:
        """The answer's payload; a CallError as the list it is."""
        unique_id = secrets.token_hex(8)
        waiting = asyncio.get_running_loop().create_future()
        self._open[unique_id] = (action, waiting)
        await self.connections[-1].send(json.dumps([2, unique_id, action, payload or {}]))
        async with asyncio.timeout(10):
            return await waiting

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request
        self.requests.append(connection.request)
        self.connections.append(connection)
        self.bell.ring()
        try:
            async for text in connection:
                await self._hear(connection, str(text))
                self.bell.ring()
        except ConnectionClosed:
            return

    async def _hear(self, connection: ServerConnection, text: str) -> None:
        self.texts.append(text)
        frame = json.loads(text.strip("\ufeff\x00"))
        if frame[0] == 2:
            _, unique_id, action, payload = frame
            self._check(action, payload, answer=False)
            self.calls.append((action, payload))
            answer = self.answers.get(action, self._answer(action))(payload)
            if answer is not None:
                await connection.send(json.dumps([3, unique_id, answer]))
            return
        action, waiting = self._open.pop(frame[1])
        if frame[0] == 3:
            self._check(action, frame[2], answer=True)
            waiting.set_result(frame[2])
        else:
            self.errors.append(frame)
            waiting.set_result(frame)

    def _check(self, action: str, payload: Payload, *, answer: bool) -> None:
        folder = SCHEMAS[self.subprotocol]
        request = action if folder == "v16" else f"{action}Request"
        name = f"{action}Response" if answer else request
        if wrong := complaint(folder, name, payload):
            self.complaints.append(f"{name}: {wrong} in {payload}")

    def _answer(self, action: str) -> Callable[[Payload], Payload]:
        now = timestamp(utc_now())
        if action == "BootNotification":
            return lambda _: {"currentTime": now, "interval": 300, "status": "Accepted"}
        if action == "Heartbeat":
            return lambda _: {"currentTime": now}
        if action == "Authorize":
            return lambda _: {ID_INFO[self.subprotocol]: {"status": "Accepted"}}
        if action == "StartTransaction":
            return self._start
        if action == "TransactionEvent":
            return self._event
        if action in ("DataTransfer", "SignCertificate"):
            return lambda _: {"status": "Accepted"}
        return lambda _: {}

    def _start(self, payload: Payload) -> Payload:
        self._transactions += 1
        return {"transactionId": self._transactions, "idTagInfo": {"status": "Accepted"}}

    def _event(self, payload: Payload) -> Payload:
        return {"idTokenInfo": {"status": "Accepted"}} if "idToken" in payload else {}


ID_INFO = {"ocpp1.6": "idTagInfo", "ocpp2.0.1": "idTokenInfo", "ocpp2.1": "idTokenInfo"}
