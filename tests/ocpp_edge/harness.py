"""An edge under test: a clock that tests move, an app that obeys, a charge point on raw frames."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from websockets.asyncio.client import ClientConnection

from app.charging.errors import StromError, Unavailable
from app.edge_messages import (
    ChargerMessage,
    CommandOutcome,
    Connect,
    Connected,
    Deadline,
    Disconnect,
    Lease,
    MessageBatch,
    MessageResult,
    MessageResults,
    Said,
    SessionNotice,
    Trust,
    Watch,
    Watching,
)
from app.ocpp_edge.alarms import Alarms
from app.ocpp_edge.charger import Charger
from app.ocpp_edge.commands import Commands
from app.ocpp_edge.dialects import Dialects
from app.ocpp_edge.dispatcher import Dispatcher
from app.ocpp_edge.parts import Parts
from app.ocpp_edge.settings import EdgeSettings
from app.telemetry.tracing import NO_TRACES, Tracer

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TENANT, CHARGE_POINT = "tenant-1", "cp-1"


class SetClock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SeededChance:
    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def token_bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def below(self, limit: int) -> int:
        return self._random.randrange(limit)


@dataclass
class FakeApp:
    """The app as the edge sees it: remembers what it is told, answers what a test wants."""

    grant: Connected = field(default_factory=lambda: Connected(TENANT, CHARGE_POINT, 1, 300))
    error: StromError | None = None
    saves: bool = True
    result: MessageResult = field(default_factory=lambda: MessageResult(saved=True))
    results: dict[type, MessageResult] = field(default_factory=dict)
    connects: list[Connect] = field(default_factory=list)
    batches: list[MessageBatch] = field(default_factory=list)
    disconnects: list[Disconnect] = field(default_factory=list)
    leases: list[Lease] = field(default_factory=list)
    watches: list[Watch] = field(default_factory=list)
    watching: Watching = field(
        default_factory=lambda: Watching(TENANT, "session-1", 60, {"energy_wh": 0})
    )
    refusals: dict[str, StromError] = field(default_factory=dict)
    """By charger path, or by token."""
    under_way: set[str] = field(default_factory=set)
    trusted: Trust = field(default_factory=Trust)
    answered: int = 0
    """Messages whose results are on their way to the edge."""
    gate: asyncio.Event | None = None
    """Messages wait for it, if it is set."""

    async def connect(self, message: Connect) -> Connected:
        self.connects.append(message)
        self._raise(message.path)
        made = self.grant
        self.grant = Connected(
            **{f: getattr(made, f) for f in made.__struct_fields__} | {"epoch": made.epoch + 1}
        )
        return made

    async def messages(self, batch: MessageBatch) -> MessageResults:
        self.batches.append(batch)
        for message in batch.messages:
            assert message.charge_point not in self.under_way, "two requests for one charge point"
        names = {message.charge_point for message in batch.messages}
        self.under_way |= names
        try:
            await (self.gate.wait() if self.gate is not None else asyncio.sleep(0))
            self._raise("")
            results = tuple(map(self._result, batch.messages))
            self.answered += len(results)
            return MessageResults(results)
        finally:
            self.under_way -= names

    async def disconnect(self, message: Disconnect) -> None:
        self._raise("")
        self.disconnects.append(message)

    async def lease(self, message: Lease) -> None:
        self._raise("")
        self.leases.append(message)

    async def watch(self, message: Watch) -> Watching:
        self.watches.append(message)
        self._raise(message.token)
        return self.watching

    async def trust(self) -> Trust:
        self._raise("")
        return self.trusted

    def goes_down(self) -> None:
        self.error = Unavailable("down")

    def comes_back(self) -> None:
        self.error = None

    def heard(self, kind: type[Said] | None = None) -> list[Any]:
        """What was said and reached the app, in order."""
        said = [message.said for batch in self.batches for message in batch.messages]
        return [one for one in said if kind is None or isinstance(one, kind)]

    @property
    def outcomes(self) -> list[tuple[str, int, str]]:
        heard = self.heard(CommandOutcome)
        return [(said.id, said.attempt, said.outcome) for said in heard]

    def _result(self, message: ChargerMessage) -> MessageResult:
        if not self.saves:
            return MessageResult(saved=False)
        return self.results.get(type(message.said), self.result)

    def _raise(self, name: str) -> None:
        error = self.refusals.get(name, self.error)
        if error is not None:
            raise error


class FrameLog:
    """A socket that keeps what is sent."""

    def __init__(self) -> None:
        self.frames: list[list[Any]] = []
        self.closed: tuple[int, str] | None = None

    def send_frame(self, frame: bytes) -> None:
        self.frames.append(json.loads(frame))

    def close_soon(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def take(self) -> list[Any]:
        """The frames since the last time."""
        frames, self.frames = self.frames, []
        return frames


class Bay:
    """One charge point on the edge's inside, without sockets, in a time that tests move."""

    def __init__(
        self,
        app: FakeApp | None = None,
        protocol: str = "ocpp1.6",
        tracer: Tracer = NO_TRACES,
        **settings: Any,
    ) -> None:
        self.app = app or FakeApp()
        self.protocol = protocol
        self.settings = EdgeSettings(**{"greeting_wait_s": 3.0, "readings_linger_s": 0} | settings)
        self.clock = SetClock()
        self.alarms = Alarms(self.clock)
        self.counters: Counter[str] = Counter()
        self.shown: list[SessionNotice] = []
        chance = SeededChance()
        self.dispatcher = Dispatcher(
            self.app, self.alarms, chance, self.settings, self.counters, self.shown.append, tracer
        )
        self.commands = Commands(tracer)
        self.parts = Parts(
            settings=self.settings,
            clock=self.clock,
            chance=chance,
            alarms=self.alarms,
            dispatcher=self.dispatcher,
            commands=self.commands,
            counters=self.counters,
            tracer=tracer,
        )
        self.dialects = Dialects(self.counters)
        self._ids = 0
        self.connects()

    def connects(self, grant: Connected | None = None) -> Charger:
        self.socket = FrameLog()
        self.dialect = self.dialects.of(self.protocol)
        grant = grant or Connected(TENANT, CHARGE_POINT, 1, 300)
        self.charger = Charger(grant, self.socket, self.dialect, self.parts)
        self.charger.begin()
        return self.charger

    def drops(self) -> None:
        self.charger.close()

    def says(self, action: str, **payload: Any) -> str:
        self._ids += 1
        message_id = f"m{self._ids}"
        self.sends([2, message_id, action, payload])
        return message_id

    def sends(self, message: object) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        self.charger.receive(text.encode())

    def answers(self, call: list[Any], **payload: Any) -> None:
        self.sends([3, call[1], payload])

    async def settles(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def passes(self, seconds: float) -> None:
        """Time goes by, in steps, and all that is due happens."""
        await self.settles()
        for _ in range(max(1, round(seconds * 2))):
            self.clock.at += timedelta(seconds=seconds / max(1, round(seconds * 2)))
            self.alarms.ring()
            await self.settles()

    def calls(self, action: str | None = None) -> list[Any]:
        """The calls sent to the charge point since the last look."""
        taken = self.socket.take()
        return [f for f in taken if f[0] == 2 and action in (None, f[2])]

    # --- a charge point's usual sentences ------------------------------------------------------

    def boots(self) -> str:
        return self.says("BootNotification", chargePointVendor="V", chargePointModel="M")

    def reports(self, connector: int, status: str) -> str:
        return self.says(
            "StatusNotification", connectorId=connector, errorCode="NoError", status=status
        )

    def meters(self, energy_wh: int, transaction: int | None = 7, connector: int = 1) -> str:
        value = {
            "timestamp": self.clock.at.isoformat(),
            "sampledValue": [{"value": str(energy_wh)}],
        }
        named = {} if transaction is None else {"transactionId": transaction}
        return self.says("MeterValues", connectorId=connector, meterValue=[value], **named)

    def starts(self, id_tag: str = "tag") -> str:
        return self.says(
            "StartTransaction",
            connectorId=1,
            idTag=id_tag,
            meterStart=0,
            timestamp=self.clock.at.isoformat(),
        )

    def stops(self, transaction: int = 7, meter_wh: int = 1000) -> str:
        return self.says(
            "StopTransaction",
            transactionId=transaction,
            meterStop=meter_wh,
            timestamp=NOON.isoformat(),
        )


def deadline(
    transaction: int = 7, *, in_s: float | None = None, at_wh: int | None = None
) -> Deadline:
    stop_at = None if in_s is None else NOON + timedelta(seconds=in_s)
    return Deadline(transaction, 1, stop_at, at_wh)


@dataclass
class RawCharger:
    """A charge point on a real websocket that sends whatever a test likes."""

    socket: ClientConnection

    async def sends(self, frame: str | bytes) -> None:
        await self.socket.send(frame)

    async def hears(self) -> Any:
        async with asyncio.timeout(5):
            return json.loads(await self.socket.recv())

    async def asks(self, action: str, payload: object, message_id: str = "1") -> Any:
        """Send a call and return its answer."""
        await self.sends(json.dumps([2, message_id, action, payload]))
        return await self.hears()

    async def is_alive(self) -> bool:
        answer = await self.asks("Heartbeat", {}, "still-there")
        return bool(answer[0] == 3 and answer[1] == "still-there")
