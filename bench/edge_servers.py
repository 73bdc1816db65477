"""The servers that `bench.edge` compares, each run alone: `python -m bench.edge_servers KIND`."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import uvloop
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from app.command_bus.in_process import InProcessBus
from app.edge_messages import (
    Connect,
    Connected,
    Deadline,
    MessageBatch,
    MessageResult,
    MessageResults,
)
from app.ocpp_edge import Edge, EdgeSettings, HttpAppClient
from app.ocpp_edge.v201.memory import transaction_id

NEXT_READINGS_S = 60
OCPP_16, OCPP_201 = "ocpp1.6", "ocpp2.0.1"
TRANSACTION = "1f0c7a35-5a51-4b0e-9f4d-6d1c6cbb1a27"
SPOKEN = [Subprotocol(OCPP_201), Subprotocol(OCPP_16)]


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Dice:
    def token_bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)

    def below(self, limit: int) -> int:
        return secrets.randbelow(limit)


class TinyApp:
    """An ASGI app that reads what it is sent, saves nothing, and says yes."""

    def __init__(self) -> None:
        self.epoch = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        answer = self.answer(scope["path"], body)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": msgspec.json.encode(answer)})

    def answer(self, path: str, body: bytes) -> object:
        if path == "/internal/messages":
            batch = msgspec.json.decode(body, type=MessageBatch)
            saved = MessageResult(saved=True, next_readings_in_s=NEXT_READINGS_S)
            return MessageResults((saved,) * len(batch.messages))
        if path == "/internal/connect":
            self.epoch += 1
            asked = msgspec.json.decode(body, type=Connect)
            name = asked.path
            number = 7 if asked.protocol == OCPP_16 else transaction_id(TRANSACTION)
            deadline = Deadline(number, 1, datetime.now(UTC) + timedelta(days=1), 10**9)
            deadlines = () if name.startswith("idle") else (deadline,)
            return Connected("tenant", name, self.epoch, 300, deadlines=deadlines)
        return None


async def serve_edge() -> int:
    transport = httpx.ASGITransport(TinyApp())
    client = httpx.AsyncClient(transport=transport, base_url="http://app")
    much = 1e9  # the clients do nothing but send
    settings = EdgeSettings(
        port=0,
        frames_per_s=much,
        bytes_per_s=much,
        tenant_frames_per_s=much,
        tenant_bytes_per_s=much,
    )
    app = HttpAppClient(client, timeout_s=settings.app_timeout_s)
    edge = Edge(settings, app, InProcessBus(), WallClock(), Dice())
    await edge.start()
    keep.append(edge)
    return edge.port


async def serve_echo() -> int:
    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    return await listen(echo)


async def serve_ocpp_package() -> int:
    from ocpp.routing import on
    from ocpp.v16 import ChargePoint, call_result
    from ocpp.v201 import ChargePoint as ChargePoint201
    from ocpp.v201 import call_result as call_result_201

    class CentralSystem(ChargePoint):  # type: ignore[misc] # ocpp ships no types
        @on("Heartbeat")  # type: ignore[untyped-decorator]
        def heartbeat(self) -> call_result.Heartbeat:
            return call_result.Heartbeat(current_time=datetime.now(UTC).isoformat())

        @on("MeterValues")  # type: ignore[untyped-decorator]
        def meter_values(self, **_: object) -> call_result.MeterValues:
            return call_result.MeterValues()

    class CentralSystem201(ChargePoint201):  # type: ignore[misc] # ocpp ships no types
        @on("TransactionEvent")  # type: ignore[untyped-decorator]
        def transaction_event(self, **_: object) -> call_result_201.TransactionEvent:
            return call_result_201.TransactionEvent()

    async def speak(connection: ServerConnection) -> None:
        central_system = CentralSystem if connection.subprotocol == OCPP_16 else CentralSystem201
        await central_system("bench", connection).start()

    logging.getLogger("ocpp").setLevel(logging.WARNING)
    return await listen(speak)


async def listen(handler: Callable[[ServerConnection], Awaitable[None]]) -> int:
    server = await serve(handler, "127.0.0.1", 0, compression=None, subprotocols=SPOKEN)
    keep.append(server)
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port


SERVERS: dict[str, Callable[[], Awaitable[int]]] = {
    "edge": serve_edge,
    "echo": serve_echo,
    "ocpp_package": serve_ocpp_package,
}
keep: list[object] = []


async def main(kind: str) -> None:
    logging.getLogger("websockets.server").setLevel(logging.CRITICAL)
    print(await SERVERS[kind](), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0) | {0})})
    uvloop.run(main(sys.argv[1]))
