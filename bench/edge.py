"""How much one core of the edge carries, and what an idle charge point costs it.

    python -m bench.edge [--full]

Three websocket servers, each alone on one core with uvloop and without compression, get the same
bytes from the same clients, which run on another core: the edge (with its whole way to the app,
over HTTP in process), the `ocpp` package's own `ChargePoint` as it comes, and a bare `websockets`
echo. Of OCPP 1.6 they get heartbeats and MeterValues, of 2.0.1 a TransactionEvent. Every client
waits for its answer, as OCPP demands. Rates are per second of the server's own processor time; they
take turns, and the best round of each counts, because whatever disturbs a machine only makes it
slower.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import uvloop

from bench.edge_servers import OCPP_16, OCPP_201, SERVERS, TRANSACTION

CLIENTS = 64
ROUNDS = 5
WARM_UP_S = 0.3
PATIENCE = 2
"""A server that gets little of its core is waited for so many times longer."""
SAMPLES = [
    {"value": "1234567", "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
    {"value": "11040.5", "measurand": "Power.Active.Import", "unit": "W"},
    {"value": "57", "measurand": "SoC", "unit": "Percent", "location": "EV"},
    {"value": "16.0", "measurand": "Current.Import", "unit": "A", "phase": "L1"},
    {"value": "16.0", "measurand": "Current.Import", "unit": "A", "phase": "L2"},
    {"value": "15.9", "measurand": "Current.Import", "unit": "A", "phase": "L3"},
    {"value": "230.1", "measurand": "Voltage", "unit": "V", "phase": "L1-N"},
    {"value": "50.0", "measurand": "Frequency", "unit": "Hertz"},
]
METER_VALUES = {
    "connectorId": 1,
    "transactionId": 7,
    "meterValue": [
        {
            "timestamp": "2026-03-01T12:00:00Z",
            "sampledValue": [{"context": "Sample.Periodic", **sample} for sample in SAMPLES],
        }
    ],
}
TRANSACTION_EVENT = {
    "eventType": "Updated",
    "timestamp": "2026-03-01T12:00:00Z",
    "triggerReason": "MeterValuePeriodic",
    "seqNo": 7,
    "transactionInfo": {"transactionId": TRANSACTION, "chargingState": "Charging"},
    "evse": {"id": 1, "connectorId": 1},
    "meterValue": [
        {
            "timestamp": "2026-03-01T12:00:00Z",
            "sampledValue": [
                {
                    "value": float(sample["value"]),
                    "context": "Sample.Periodic",
                    "measurand": sample["measurand"],
                    "unitOfMeasure": {"unit": sample["unit"]},
                    **{name: sample[name] for name in ("phase", "location") if name in sample},
                }
                for sample in SAMPLES
            ],
        }
    ],
}
BOOT = {"chargePointVendor": "Bench", "chargePointModel": "Bench"}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


def masked(action: str, payload: Mapping[str, object]) -> bytes:
    """A client's text frame; a mask of zeros spares the client the masking."""
    text = json.dumps([2, "1f0c7a35-27", action, payload], separators=(",", ":")).encode()
    head = bytes([0x81, 0x80 | len(text)]) if len(text) < 126 else b"\x81\xfe"
    return head + (b"" if len(text) < 126 else len(text).to_bytes(2, "big")) + bytes(4) + text


class Client(asyncio.Protocol):
    """A charge point reduced to sockets: sends a frame whenever the last was answered."""

    def __init__(
        self, name: str, frames: list[bytes], repeat: bool, protocol: str = OCPP_16
    ) -> None:
        self.request = (
            f"GET /ocpp/{name} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n"
        ).encode()
        self.frames = frames
        self.repeat = repeat
        self.answers = 0
        self.buffer = b""
        self.is_open = False
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        data = self.buffer + data
        if not self.is_open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self.buffer = head
                return
            if b" 101 " not in head:
                raise ConnectionError(head.decode())
            self.is_open = True
            self.next()
        while len(data) >= 2:
            length, start = data[1], 2
            if length == 126:
                length, start = int.from_bytes(data[2:4], "big"), 4
            if len(data) < start + length:
                break
            assert data[0] == 0x81, data
            data = data[start + length :]
            self.answers += 1
            self.next()
        self.buffer = data

    def next(self) -> None:
        if self.repeat:
            self.transport.write(self.frames[0])
        elif self.answers < len(self.frames):
            self.transport.write(self.frames[self.answers])
        elif not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


@dataclass
class Served:
    """One server in a process of its own, on a core of its own."""

    kind: str

    def __enter__(self) -> Served:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.edge_servers", self.kind],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    @property
    def cpu_s(self) -> float:
        """The time its core has worked, all threads counted."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def rss_kib(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1])


async def connect(
    port: int,
    count: int,
    frames: list[bytes],
    *,
    repeat: bool,
    prefix: str = "b",
    protocol: str = OCPP_16,
) -> list[Client]:
    loop = asyncio.get_running_loop()
    clients = []
    for number in range(count):

        def make(name: str = f"{prefix}{number}") -> Client:
            return Client(name, frames, repeat, protocol)

        _, client = await loop.create_connection(make, "127.0.0.1", port)
        clients.append(client)
    return clients


async def throughput(server: Served, frame: bytes, seconds: float, protocol: str) -> float:
    """Answers per second of the server's core: what else the machine does, does not count."""
    clients = await connect(server.port, CLIENTS, [frame], repeat=True, protocol=protocol)
    await asyncio.sleep(WARM_UP_S)
    before, began = sum(client.answers for client in clients), server.cpu_s
    patience = time.perf_counter() + seconds * PATIENCE
    while (worked := server.cpu_s - began) < seconds:
        if worked and time.perf_counter() > patience:
            break
        await asyncio.sleep(0.05)
    after, ended = sum(client.answers for client in clients), server.cpu_s
    for client in clients:
        client.transport.abort()
    await asyncio.sleep(0.05)
    return (after - before) / (ended - began)


async def storm(server: Served, count: int) -> tuple[float, float]:
    """All come at once, boot, tell their status, fall silent: KiB of each, how many a second."""
    said = [masked("BootNotification", BOOT), masked("StatusNotification", STATUS)]
    said.append(masked("Heartbeat", {}))
    first = await connect(server.port, 200, said, repeat=False)
    await asyncio.gather(*(client.done for client in first))
    await asyncio.sleep(1)
    before, began = server.rss_kib, time.perf_counter()
    more = await connect(server.port, count, said, repeat=False, prefix="idle")
    await asyncio.gather(*(client.done for client in more))
    rate = count / (time.perf_counter() - began)
    await asyncio.sleep(1)
    after = server.rss_kib
    assert all(client.answers == len(said) for client in more)
    for client in first + more:
        client.transport.abort()
    return (after - before) / count, rate


def measure(seconds: float, idle: int, show: Callable[[str], None]) -> dict[str, float]:
    frames = {
        "heartbeats": (OCPP_16, masked("Heartbeat", {})),
        "meter_values": (OCPP_16, masked("MeterValues", METER_VALUES)),
        "transaction_event": (OCPP_201, masked("TransactionEvent", TRANSACTION_EVENT)),
    }
    rates: dict[str, list[float]] = {}
    servers = {kind: Served(kind).__enter__() for kind in SERVERS}
    try:
        for _ in range(ROUNDS):
            for message, (protocol, frame) in frames.items():
                for kind, server in servers.items():
                    rate = uvloop.run(throughput(server, frame, seconds, protocol))
                    rates.setdefault(f"{kind}_{message}_per_s", []).append(rate)
                    show(f"{kind:13} {message:17} {rate:9,.0f}/s")
    finally:
        for server in servers.values():
            server.__exit__()
    with Served("edge") as server:
        kib, connects = uvloop.run(storm(server, idle))
    best = {name: max(values) for name, values in rates.items()}

    def ratio(message: str, other: str) -> float:
        return best[f"edge_{message}_per_s"] / best[f"{other}_{message}_per_s"]

    return {name: round(rate) for name, rate in best.items()} | {
        "meter_values_vs_ocpp_package": round(ratio("meter_values", "ocpp_package"), 2),
        "transaction_event_vs_ocpp_package": round(ratio("transaction_event", "ocpp_package"), 2),
        "meter_values_vs_echo": round(ratio("meter_values", "echo"), 3),
        "heartbeats_vs_echo": round(ratio("heartbeats", "echo"), 3),
        "idle_connection_kib": round(kib, 2),
        "idle_connections": idle,
        "connects_per_s": round(connects),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--full", action="store_true", help="10,000 idle, longer rounds")
    full = arguments.parse_args().full
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})  # the servers take the first
    print(json.dumps(measure(3.0 if full else 0.7, 10_000 if full else 3_000, print)))


if __name__ == "__main__":
    main()
