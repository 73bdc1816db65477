"""What one charging session of an hour costs on AWS, counted on the real system.

    python -m bench.cost [--full]

Owners with sandbox wallets, simulated charge points on real websockets, the edge, the app and its
perform queue in one process over ministack, on a loop whose clock jumps over waits
(`bench.hurried`). Each driver's wallet asks for the pay request and pays; its webhook is called
over HTTP; the driver opens the session's page and follows it live for three minutes; the charge
point sends a reading a minute; after an hour the driver scans the session's LNURL, which stops the
charge, takes what is left, and unplugs. Counted from the pay request until the refund is paid, the
session sealed and the connector free.

Read and write units by DynamoDB's rules (`bench.units`); the sandbox wallet's own rows, which no
real wallet has, are left out, and what does not grow with the sessions (the sweep's looks at an
empty index, the edge's lease, the watch over every wallet) is told apart. A request of a wallet or
browser, of the edge, and each message of the perform queue is one Lambda call, billed for its
measured time at 512 MB, where Lambda gives 0.29 of a core: whatever is not waiting for the table
or for the charge point is taken for computing and counted 3.5 times. A message on SQS is three
requests (send, receive, delete).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import math
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any, cast

import httpx
import msgspec
import websockets
from litestar import Litestar

from app.bootstrap import Foundation, Strom, local_foundation, put_together
from app.bootstrap.edges import make_edge
from app.edge_messages import BusMessage, MessageBatch
from app.entrypoints.demo import MINISTACK
from app.entrypoints.embedded import embedded_tables
from app.entrypoints.http import internal_app, public_app
from app.entrypoints.loops import LocalQueue, sweep_for_ever
from app.flow import Flow
from app.records.effects import EffectRef
from app.records.views import IssuedCharger
from app.simulator import SimulatedCharger
from app.storage.dynamo import DynamoTables
from bench.hurried import SPAN, HurriedClock, HurriedLoop
from bench.journey import Payer, set_up, settings_for
from bench.units import UnitCounter, Units

HOUR_S = 3600
WATCHED_S = 180
PLUGS_IN_AFTER_S = 20
PREPAID_MSAT = 12 * 450_000
"""12 kWh, of which an hour at 11 kW leaves a little."""
STAGGER_S = 7
SWEEP_EVERY_S = 60
PATIENCE_S = 120

# List prices of AWS, dollars (eu-central-1, arm64)
WRITE, READ = 0.625e-6, 0.125e-6
LAMBDA_GB_S, LAMBDA_CALL = 0.0000133334, 0.20e-6
SQS_REQUEST = 0.40e-6
KMS_CALL = 0.03 / 10_000
LOG_BYTE = 0.50e-9
MEMORY_GB = 0.5
CORE_SHARE = 512 / 1769
REQUESTS_A_MESSAGE = 3
KMS_CALLS = 1
"""A session finds its wallet's data key in no memory once at most."""
LOG_BYTES_A_CALL = 250
"""Lambda's own START, END and REPORT lines, beside ours."""

PART: ContextVar[str] = ContextVar("PART", default="set up")
BESIDE = "beside the sessions"
SANDBOX = "sandbox wallet"
LEFT_OUT = {BESIDE, SANDBOX, "set up"}


@dataclass(slots=True)
class Part:
    """What one kind of call has used."""

    units: Units = field(default_factory=Units)
    requests: Counter[str] = field(default_factory=Counter)
    calls: list[float] = field(default_factory=list)
    """Each one's billed seconds."""

    @property
    def billed_s(self) -> float:
        """Of all calls; the median counts, because whatever disturbs only makes slower."""
        return math.ceil(median(self.calls) * 1000) / 1000 * len(self.calls) if self.calls else 0


class Meter(logging.Handler):
    """Counts everything, by part."""

    def __init__(self, loop: HurriedLoop) -> None:
        super().__init__()
        self._loop = loop
        self.parts: dict[str, Part] = defaultdict(Part)
        self.bus: dict[str, int] = defaultdict(int)
        self.performs = self.app_calls = self.seals = self.log_bytes = 0
        self.is_on = False

    def counted(self, units: Units, request: str, pk: str, keys: str) -> None:
        """From the hook."""
        self.seals += pk.endswith("#SEALS") and request == "PutItem"
        part = PART.get()
        if pk.endswith("#SANDBOX"):
            part = SANDBOX
        elif pk.startswith("DUE#"):
            part = BESIDE
        if self.is_on:
            self.parts[part].units.add(units)
            self.parts[part].requests[f"{request} {keys} {units.writes}w {units.reads}r"] += 1

    @contextlib.asynccontextmanager
    async def call(self, part: str) -> AsyncIterator[None]:
        """One Lambda call; its time is waiting, or computing on a slower core."""
        span = self._loop.span()
        tokens = PART.set(part), SPAN.set(span)
        try:
            yield
        finally:
            PART.reset(tokens[0])
            SPAN.reset(tokens[1])
            waited_s = span.in_threads_s + self._loop.skipped_s - span.skipped_before
            computed_s = min(
                max(self._loop.time() - span.began - waited_s, 0),
                time.thread_time() - span.computed_before,
            )
            if self.is_on:
                self.parts[part].calls.append(waited_s + computed_s / CORE_SHARE)

    def emit(self, record: logging.LogRecord) -> None:
        """What CloudWatch would take in."""
        if self.is_on:
            self.log_bytes += len(self.format(record))


class Billed:
    """An ASGI app whose every request is a Lambda call."""

    def __init__(self, app: Litestar, meter: Meter, *, internal: bool) -> None:
        self._app = app
        self._meter = meter
        self._internal = internal

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        if self._internal:
            message = await receive()
            body = message["body"]
            received = [message]

            async def again() -> Any:
                return received.pop() if received else await receive()

            self._meter.app_calls += self._meter.is_on and "lease" not in scope["path"]
            part = _told(scope["path"], body)
        else:
            again, part = receive, _asked(scope["method"], scope["path"])
        async with self._meter.call(part):
            await self._app(scope, again, send)


def _told(path: str, body: bytes) -> str:
    """What the edge tells the app."""
    if path == "/internal/messages":
        batch = msgspec.json.decode(body, type=MessageBatch)
        return "edge: " + "+".join(sorted({type(m.said).__name__ for m in batch.messages}))
    return BESIDE if path == "/internal/lease" else f"edge: {path.rsplit('/', 1)[1]}"


def _asked(method: str, path: str) -> str:
    """What a wallet or browser asks."""
    known = {"callback": "callback", "withdraw": "withdraw", "hooks": "webhook", "s": "page"}
    known |= {"lnurlp": "pay request"}
    words = [known[word] for word in path.split("/") if word in known]
    return f"web: {' '.join(words) or method}"


class MeteredQueue(LocalQueue):
    """The perform queue; each message is a call of the function that may pay."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter

    async def put(self, ref: EffectRef) -> None:
        self._meter.performs += self._meter.is_on
        await super().put(ref)


@dataclass(frozen=True, slots=True)
class Performing:
    """The flow as the queue's workers and the sweep see it."""

    flow: Flow
    meter: Meter

    async def perform(self, ref: EffectRef) -> None:
        async with self.meter.call(f"perform: {ref.sk.removeprefix('E#').partition('.')[0]}"):
            await self.flow.perform(ref)


class MeteredBus:
    """The command bus, counted."""

    def __init__(self, base: Foundation, meter: Meter) -> None:
        self._bus = base.bus
        self._meter = meter

    async def send(self, queue: str, message: BusMessage) -> None:
        self._meter.bus[type(message).__name__] += self._meter.is_on
        await self._bus.send(queue, message)

    async def receive(self, queue: str) -> tuple[BusMessage, ...]:
        return await self._bus.receive(queue)


@dataclass(frozen=True, slots=True)
class Stage:
    """The system, put together and running."""

    strom: Strom
    meter: Meter
    http: httpx.AsyncClient

    @property
    def base_url(self) -> str:
        return self.strom.foundation.settings.base_url


@contextlib.asynccontextmanager
async def stage(loop: HurriedLoop) -> AsyncIterator[Stage]:
    """As `strom serve` has it, metered; ministack is a process of its own."""
    meter = Meter(loop)
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="strom-bench-")))
        endpoint = await stack.enter_async_context(embedded_tables(str(MINISTACK)))
        settings = settings_for(folder, endpoint)
        queue = MeteredQueue(meter)
        base = await stack.enter_async_context(local_foundation(settings, queue))
        base = replace(base, clock=HurriedClock(), bus=MeteredBus(base, meter))
        assert isinstance(base.tables, DynamoTables)
        UnitCounter(meter.counted).install(base.tables._engine._connection.client)
        strom = put_together(base)
        internal = Billed(internal_app(strom), meter, internal=True)
        edge = make_edge(strom, cast(Litestar, internal))
        work = [
            queue.run(cast(Flow, Performing(strom.flow, meter))),
            _sweeping(strom.flow, base, meter),
        ]
        for each in work:
            stack.callback(asyncio.ensure_future(each).cancel)
        await edge.start()
        stack.push_async_callback(edge.stop)
        public = Billed(public_app(strom), meter, internal=False)
        transport = httpx.ASGITransport(app=public)
        http = httpx.AsyncClient(transport=transport, base_url=settings.base_url)
        yield Stage(strom, meter, await stack.enter_async_context(http))


async def _sweeping(flow: Flow, base: Foundation, meter: Meter) -> None:
    PART.set("sweep")
    await sweep_for_ever(flow, base.clock, every_s=SWEEP_EVERY_S)


@dataclass(frozen=True, slots=True)
class Visit:
    """A driver at a charge point."""

    stage: Stage
    tenant: str
    issued: IssuedCharger
    device: SimulatedCharger

    async def charge(self) -> None:
        """From the pay request to the free connector."""
        stage, device = self.stage, self.device
        name = self.issued.charge_point.connectors[0].name
        offer = await self._get(f"{stage.base_url}/.well-known/lnurlp/{name}")
        made = await self._get(f"{offer['callback']}?amount={PREPAID_MSAT}")
        webhook = await Payer(stage.strom, self.tenant).pay(made["pr"])
        (await stage.http.post(webhook)).raise_for_status()
        page = made["successAction"]["url"]
        (await stage.http.get(page, headers={"accept": "text/html"})).raise_for_status()
        token = page.rsplit("/", 1)[1]
        watching = asyncio.create_task(self._watch(token))
        await device.wait_for(received="RemoteStartTransaction", timeout=PATIENCE_S)
        await asyncio.sleep(PLUGS_IN_AFTER_S)
        device.plug_in(1)
        await device.wait_for(status="Charging", connector=1, timeout=PATIENCE_S)
        await asyncio.sleep(HOUR_S)
        await watching
        await self._withdraw(token)
        device.unplug(1)

    async def _withdraw(self, token: str) -> None:
        url = f"{self.stage.base_url}/lnurl/withdraw/{token}"
        offer = await self._get(url)
        payer = self.stage.strom.sandbox_payer
        invoice = await payer.create_driver_invoice(self.tenant, offer["maxWithdrawable"])
        answer = await self._get(f"{offer['callback']}?k1={offer['k1']}&pr={invoice.bolt11}")
        assert answer == {"status": "OK"}, answer

    async def _watch(self, token: str) -> None:
        base = self.stage.strom.foundation.settings.charger_url
        url = f"{base}/live/{token}"
        async with websockets.connect(url, ping_interval=None) as socket:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WATCHED_S):
                    async for _ in socket:
                        pass

    async def _get(self, url: str) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.stage.http.get(url)).json()
        assert answer.get("status") != "ERROR", answer
        return answer


async def run(loop: HurriedLoop, sessions: int, *, requests: bool) -> dict[str, Any]:
    async with stage(loop) as put_up, contextlib.AsyncExitStack() as stack:
        visits = []
        for number in range(sessions):
            tenant, issued = await set_up(put_up.strom, number)
            path, url = issued.charge_point.path, put_up.strom.foundation.settings.charger_url
            now = put_up.strom.foundation.clock.now
            device = SimulatedCharger(url, path, issued.password, now=now)
            await stack.enter_async_context(device)
            visits.append(Visit(put_up, tenant, issued, device))
        await asyncio.sleep(60)  # booted, configured, free
        meter = put_up.meter
        logging.getLogger("app").addHandler(meter)
        meter.is_on = True

        async def visit(number: int) -> None:
            await asyncio.sleep(number * STAGGER_S)
            await visits[number].charge()

        await asyncio.gather(*map(visit, range(sessions)))
        while meter.seals < sessions:
            await asyncio.sleep(1)
        await asyncio.sleep(30)
        meter.is_on = False
        show(meter, sessions, requests=requests)
        return result(meter, sessions)


def show(meter: Meter, sessions: int, *, requests: bool) -> None:
    """Where it goes."""
    for name, part in sorted(meter.parts.items()):
        units = part.units
        print(
            f"{name:32} {units.writes / sessions:7.2f} write {units.reads / sessions:7.2f} read"
            f" units {len(part.calls) / sessions:7.2f} calls {part.billed_s / sessions * 1e3:8.1f}"
            " ms billed"
        )
        for request, count in part.requests.most_common() if requests else ():
            print(f"    {count / sessions:6.2f} x {request}")


def result(meter: Meter, sessions: int) -> dict[str, Any]:
    """Of one session, in units, calls and dollars."""
    parts = {name: part for name, part in meter.parts.items() if name not in LEFT_OUT}
    writes = sum(part.units.writes for part in parts.values()) / sessions
    reads = sum(part.units.reads for part in parts.values()) / sessions
    calls = sum(len(part.calls) for part in parts.values()) / sessions
    billed_s = sum(part.billed_s for part in parts.values()) / sessions
    messages = (meter.performs + sum(meter.bus.values())) / sessions
    log_bytes = meter.log_bytes / sessions + calls * LOG_BYTES_A_CALL
    dollars = {
        "writes": writes * WRITE,
        "reads": reads * READ,
        "lambda": calls * LAMBDA_CALL + billed_s * MEMORY_GB * LAMBDA_GB_S,
        "queues": messages * REQUESTS_A_MESSAGE * SQS_REQUEST,
        "kms": KMS_CALLS * KMS_CALL,
        "logs": log_bytes * LOG_BYTE,
    }
    return {
        "write_units_per_session": round(writes, 1),
        "read_units_per_session": round(reads, 1),
        "app_calls_per_session": round(meter.app_calls / sessions, 1),
        "lambda_calls_per_session": round(calls, 1),
        "lambda_ms_per_session": round(billed_s * 1000),
        "queue_messages_per_session": round(messages, 1),
        "perform_messages_per_session": round(meter.performs / sessions, 1),
        "log_bytes_per_session": round(log_bytes),
        **{f"{name}_microdollars_per_session": round(d * 1e6, 2) for name, d in dollars.items()},
        "microdollars_per_session": round(sum(dollars.values()) * 1e6, 2),
        "sessions_per_dollar": int(1 / sum(dollars.values())),
        "sessions": sessions,
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--full", action="store_true", help="40 sessions instead of 4")
    arguments.add_argument("--requests", action="store_true", help="show every kind of request")
    asked = arguments.parse_args()
    sessions = 40 if asked.full else 4
    logging.basicConfig(level=logging.ERROR)
    logging.getLogger("app").setLevel(logging.INFO)
    loop = HurriedLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        print(json.dumps(runner.run(run(loop, sessions, requests=asked.requests))))


if __name__ == "__main__":
    main()
