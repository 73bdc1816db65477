"""The ports of one process, each behind a wrapper that names its calls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

import httpx
import orjson

from app.charging.ports import Check, Item, Key, Operation, Page, Wallet
from app.edge_messages import BusMessage, Command, CommandBus
from app.flow import PerformQueue
from app.ocpp_edge.app_client import HttpAppClient
from app.ocpp_edge.connection import EdgeConnection
from app.operations import name_of
from app.records.effects import EffectRef
from app.storage.scope import Engine, Scope
from tests.chaos.boundaries import Boundaries, only_looking
from tests.chaos.weather import Weather

_LISTS = ("HISTORY", "OPEN", "SEALS")
_AN_ID = re.compile(r"[0-9a-f]{16,}")


def row(key: Key) -> str:
    """What kind of row: its partition's kind and its own, without anybody's ids."""
    scope, *parts = key.pk.split("#")
    place = parts[1] if scope == "T" and len(parts) > 1 else parts[0]
    kind, _, rest = key.sk.partition("#")
    if kind == "E":
        return f"{place or scope}/E.{rest.partition('.')[0]}"
    return place if place in _LISTS else f"{place or scope}/{kind}"


class NamedEngine:
    """The table, below its scopes, in whatever weather."""

    def __init__(self, engine: Engine, boundaries: Boundaries, weather: Weather) -> None:
        self._engine = engine
        self._boundaries = boundaries
        self._weather = weather

    async def get(self, scope: Scope, key: Key, *, consistent: bool) -> Item | None:
        async def read() -> Item | None:
            await self._weather.before_read()
            return await self._engine.get(scope, key, consistent=consistent)

        return await self._boundaries.around(f"table.get[{row(key)}]", read)

    async def query(self, scope: Scope, pk: str, **how: Any) -> Page:
        async def read() -> Page:
            await self._weather.before_read()
            return await self._engine.query(scope, pk, **how)

        kind = row(Key(pk, str(how.get("sk_prefix", ""))))
        return await self._boundaries.around(f"table.query[{kind}]", read)

    async def scan(self, scope: Scope, *, start: Key | None, limit: int) -> Page:
        async def read() -> Page:
            await self._weather.before_read()
            return await self._engine.scan(scope, start=start, limit=limit)

        return await self._boundaries.around("table.scan", read)

    async def query_due(self, scope: Scope, shard: str, *, until_ms: int, limit: int) -> Page:
        """The sweep asks without end: it counts when something was due."""
        page = await self._engine.query_due(scope, shard, until_ms=until_ms, limit=limit)
        if page.items:
            self._boundaries.after(self._boundaries.before("table.query_due"))
        return page

    async def write(self, scope: Scope, operations: Sequence[Operation]) -> None:
        async def write() -> None:
            await self._weather.before_write(self._engine, scope, operations)
            await self._engine.write(scope, operations)
            await self._weather.after_write()

        kinds = dict.fromkeys(row(each.key) for each in operations if not isinstance(each, Check))
        await self._boundaries.around(f"table.write[{'+'.join(kinds)}]", write)


class NamedBus:
    """The command bus."""

    def __init__(self, bus: CommandBus, boundaries: Boundaries) -> None:
        self._bus = bus
        self._boundaries = boundaries

    async def send(self, queue: str, message: BusMessage) -> None:
        kind = type(message).__name__
        if isinstance(message, Command):
            kind = name_of(message.operation)
        await self._boundaries.around(f"bus.send[{kind}]", lambda: self._bus.send(queue, message))

    async def receive(self, queue: str) -> tuple[BusMessage, ...]:
        messages = await self._bus.receive(queue)
        self._boundaries.after(self._boundaries.before("bus.receive"))
        return messages


class NamedQueue:
    """The perform queue, where it is filled."""

    def __init__(self, queue: PerformQueue, boundaries: Boundaries) -> None:
        self._queue = queue
        self._boundaries = boundaries

    async def put(self, ref: EffectRef) -> None:
        call = f"queue.put[{row(ref.key)}]"
        await self._boundaries.around(call, lambda: self._queue.put(ref))


class NamedTransport(httpx.AsyncBaseTransport):
    """Outbound HTTP, one level below the wallet."""

    def __init__(self, transport: httpx.AsyncBaseTransport, boundaries: Boundaries) -> None:
        self._transport = transport
        self._boundaries = boundaries

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = _AN_ID.sub("…", request.url.path)
        return await self._boundaries.around(
            f"http.{request.method}[{path}]", lambda: self._transport.handle_async_request(request)
        )

    async def aclose(self) -> None:
        await self._transport.aclose()


class NamedWallet:
    """A wallet: every coroutine of the port is a boundary."""

    def __init__(self, wallet: Wallet, boundaries: Boundaries) -> None:
        self._wallet = wallet
        self._boundaries = boundaries

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._wallet, name)
        if not callable(found):
            return found

        async def named(*given: Any, **named: Any) -> Any:
            call = f"wallet.{name}"
            return await self._boundaries.around(call, lambda: found(*given, **named))

        return named


def named_wallet(wallet: Wallet, boundaries: Boundaries) -> Wallet:
    return cast(Wallet, NamedWallet(wallet, boundaries))


def named_app_client(boundaries: Boundaries) -> type[HttpAppClient]:
    """What the edge asks the app."""

    class NamedAppClient(HttpAppClient):
        async def _post(self, path: str, message: Any) -> bytes:
            said = [type(each.said).__name__ for each in getattr(message, "messages", ())]
            call = f"app.{path.rpartition('/')[2]}{said or ''}".replace("'", "")
            return await boundaries.around(
                call, lambda: super(NamedAppClient, self)._post(path, message)
            )

    return NamedAppClient


def named_connection(boundaries: Boundaries) -> type[EdgeConnection]:
    """The websockets of charge points: what is sent, and what has come."""

    class NamedConnection(EdgeConnection):
        def send_frame(self, frame: bytes) -> None:
            name = boundaries.before(f"websocket.send[{_action(frame)}]")
            super().send_frame(frame)
            boundaries.after(name)

        def process_event(self, event: Any) -> None:
            name = boundaries.before(f"websocket.receive[{_action(getattr(event, 'data', b''))}]")
            super().process_event(event)
            boundaries.after(name)

    return NamedConnection


def _action(frame: bytes) -> str:
    try:
        kind, *rest = orjson.loads(bytes(frame))
    except (ValueError, TypeError):
        return "control"
    return str(rest[1]) if kind == 2 else {3: "result", 4: "error"}.get(kind, "?")


def named_web(app: Any, boundaries: Boundaries) -> Any:
    """What wallets and browsers ask; a test's own looking is not counted."""

    async def web(scope: Any, receive: Any, send: Any) -> None:
        path = str(scope.get("path", ""))
        if scope["type"] != "http":
            await app(scope, receive, send)
        elif path.startswith("/api/") or path.endswith(".json"):
            with only_looking():
                await app(scope, receive, send)
        else:
            parts = [part for part in path.split("/") if part and len(part) < 20][:3]
            call = f"web[{scope['method']} /{'/'.join(parts)}]"

            async def answer(message: Any) -> None:
                if message["type"] != "http.response.start":
                    await send(message)
                    return
                await boundaries.around(call, lambda: send(message))

            await app(scope, receive, answer)

    return web
