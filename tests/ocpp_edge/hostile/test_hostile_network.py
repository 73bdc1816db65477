"""Whatever comes over the network: memory stays bounded, and a good neighbour has its answers.

The limits are those of docs/providers.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket as sockets
from collections.abc import AsyncIterator, Callable

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from app.ocpp_edge import EdgeSettings
from tests.ocpp_edge.hostile.neighbour import charge_point, good_neighbour
from tests.ocpp_edge.hostile.served_edge import ServedEdge, raise_nofile, served_edge

CROWD = 10_000
MIB = 1024 * 1024
FRAME_BYTES = 64 * 1024
TOO_BIG = (1009).to_bytes(2, "big")
"""RFC 6455 §7.4.1."""
DEEP = 20_000
SPARE_FILES = 600


@contextlib.asynccontextmanager
async def bounded(edge: ServedEdge, mib: float) -> AsyncIterator[None]:
    """The edge's memory does not grow by more, at any moment."""
    before, peak = edge.rss_mib, 0.0

    async def look() -> None:
        nonlocal peak
        while True:
            peak = max(peak, edge.rss_mib)
            await asyncio.sleep(0.02)

    looking = asyncio.create_task(look())
    try:
        yield
        await asyncio.sleep(0.1)
    finally:
        looking.cancel()
    assert peak - before < mib


async def until(condition: Callable[[], object], patience_s: float = 30) -> None:
    async with asyncio.timeout(patience_s):
        while not condition():
            await asyncio.sleep(0.02)


# --- frames ---------------------------------------------------------------------------------------


async def test_answers_that_nobody_asked_for() -> None:
    """More than a charge point may send: it is read slowly, and its neighbours are not."""
    frames = [
        json.dumps([3, f"nobody-{number}", {"status": "Accepted", "filler": "x" * 200}])
        for number in range(20_000)
    ]
    async with (
        served_edge() as edge,
        good_neighbour(edge),
        bounded(edge, 30),
        charge_point(edge, "flood") as flood,
    ):
        with contextlib.suppress(TimeoutError, ConnectionClosed):
            async with asyncio.timeout(3):
                for frame in frames:
                    await flood.send(frame)
        flood.transport.abort()


async def test_a_flood_without_a_limit_harms_nobody_either() -> None:
    """Where a provider has switched the limit off."""
    frame = json.dumps([3, "nobody", {"status": "Accepted"}])
    limits = {"frames_per_s": 0, "bytes_per_s": 0, "tenant_frames_per_s": 0}
    async with (
        served_edge(**limits) as edge,
        good_neighbour(edge),
        bounded(edge, 30),
        charge_point(edge, "flood") as flood,
    ):
        for _ in range(20_000):
            await flood.send(frame)
        await flood.send(json.dumps([2, "1", "Heartbeat", {}]))
        async with asyncio.timeout(30):
            assert json.loads(await flood.recv())[:2] == [3, "1"]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"[" * DEEP, None),
        (b"[" * DEEP + b"]" * DEEP, None),
        (b'[2,"1","Heartbeat",' + b'{"a":' * (DEEP // 3), "FormationViolation"),
        (
            b'[2,"1","Heartbeat",' + b'{"a":' * 2000 + b"1" + b"}" * 2000 + b"]",
            "FormationViolation",
        ),
        (b'[2,"1",' + b"[" * 1000 + b"]" * 1000 + b",{}]", "FormationViolation"),
        (
            b'[2,"1","DataTransfer",{"vendorId":"v","data":' + b"[" * 1000 + b"]" * 1000 + b"}]",
            "FormationViolation",
        ),
        (
            b'[2,"1","MeterValues",{"connectorId":1,"meterValue":'
            + b"[" * 300
            + b"]" * 300
            + b"}]",
            "FormationViolation",
        ),
        (b'[3,"1",' + b"[" * 1000 + b"]" * 1000 + b"]", None),
    ],
)
async def test_json_without_end(edge: ServedEdge, frame: bytes, code: str | None) -> None:
    """It is answered where it was a call, and the connection lives."""
    async with good_neighbour(edge), bounded(edge, 30), charge_point(edge, "deep") as deep:
        for _ in range(20):
            await deep.send(frame)
            if code is not None:
                answer = await _hears(deep)
                assert answer[:3] == [4, "1", code]
        await deep.send(json.dumps([2, "2", "Heartbeat", {}]))
        assert (await _hears(deep))[:2] == [3, "2"]


async def test_frames_of_ten_megabytes(edge: ServedEdge) -> None:
    """Closed with 1009 as soon as the length is known, however many try at a time."""

    async def one(number: int) -> asyncio.StreamWriter:
        reader, writer = await _opened(edge, f"large-{number}")
        writer.write(b"\x81\xff" + (10 * MIB).to_bytes(8, "big") + bytes(4) + b"x" * FRAME_BYTES)
        async with asyncio.timeout(10):
            closing = await reader.read(1000)
        assert (closing[0], closing[2:4]) == (0x88, TOO_BIG)
        if number % 2:  # half of them go on all the same, the others neither speak nor go
            with contextlib.suppress(ConnectionError):
                for _ in range(10 * MIB // FRAME_BYTES):
                    writer.write(b"x" * FRAME_BYTES)
                    await writer.drain()
        return writer

    async with good_neighbour(edge), bounded(edge, 60):
        before = edge.sockets
        writers = await asyncio.gather(*map(one, range(20)))
        await until(lambda: edge.sockets <= before, patience_s=10)
        for writer in writers:
            writer.transport.abort()


async def test_a_message_that_never_ends(edge: ServedEdge) -> None:
    """Fragments add up: beyond the limit the connection is closed as well."""
    async with good_neighbour(edge), bounded(edge, 20), charge_point(edge, "endless") as endless:

        async def fragments() -> AsyncIterator[str]:
            while True:
                yield "x" * 1024 * 16

        with contextlib.suppress(ConnectionClosed):
            await endless.send(fragments())
        await _is_closed(endless, 1009)


# --- sockets --------------------------------------------------------------------------------------


async def test_readers_that_do_not_read() -> None:
    """Answers pile up to a limit; then the connection is cut."""
    limits = {"frames_per_s": 0, "bytes_per_s": 0, "tenant_frames_per_s": 0}
    call = json.dumps([2, "1" * 255, "Heartbeat", {}]).encode()
    frame = bytes(Frame(Opcode.TEXT, call).serialize(mask=True)) * 200
    async with served_edge(**limits) as edge, good_neighbour(edge), bounded(edge, 40):
        writers = []
        for number in range(4):
            _, writer = await _opened(edge, f"slow-{number}", sock=_small(edge.port))
            writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is a transport
            writers.append(writer)

        async def pour(writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError):
                while True:
                    writer.write(frame)
                    await writer.drain()

        async with asyncio.timeout(60):
            await asyncio.gather(*map(pour, writers))
        for writer in writers:
            writer.transport.abort()


async def test_peers_that_have_vanished() -> None:
    """Nothing comes from them any more, not even an end: they are found, and their places free."""
    times = {"idle_at_least_s": 0.5, "ping_after_s": 0.2, "sweep_every_s": 0.1}
    async with served_edge(**times, idle_intervals=0.0) as edge, good_neighbour(edge):
        before = edge.sockets
        gone = []
        for number in range(100):
            _, writer = await _opened(edge, f"gone-{number}")
            writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is a transport
            gone.append(writer)
        await until(lambda: edge.sockets <= before)
        for writer in gone:
            writer.transport.abort()


async def test_ten_thousand_that_only_connect() -> None:
    """They hold few places, long before their time is up, and none that somebody else needs."""
    count = min(CROWD, raise_nofile() - SPARE_FILES)
    async with served_edge(open_timeout_s=600) as edge, good_neighbour(edge), bounded(edge, 120):
        crowd = await asyncio.to_thread(_crowd, edge.port, count)
        async with charge_point(edge, "newcomer", patience_s=30) as newcomer:
            await newcomer.send(json.dumps([2, "1", "Heartbeat", {}]))
            assert (await _hears(newcomer))[:2] == [3, "1"]
            await until(lambda: edge.sockets < EdgeSettings().max_silent_sockets + 100)
        for socket in crowd:
            socket.close()


async def test_requests_that_come_a_byte_at_a_time() -> None:
    async with served_edge(open_timeout_s=1.0) as edge, good_neighbour(edge), bounded(edge, 30):
        before = edge.sockets
        drips = [await asyncio.open_connection("127.0.0.1", edge.port) for _ in range(300)]

        async def drip(writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError):
                for byte in _request("slow"):
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(0.05)

        dripping = [asyncio.create_task(drip(writer)) for _, writer in drips]
        await until(lambda: edge.sockets <= before)
        for task, (_, writer) in zip(dripping, drips, strict=True):
            task.cancel()
            writer.transport.abort()


async def test_requests_without_end(edge: ServedEdge) -> None:
    """Headers add up to a limit, long before a hundred of them have been sent."""
    header = b"X-Filler: " + b"x" * 4000 + b"\r\n"

    async def one() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.port)
        writer.write(_request("long").removesuffix(b"\r\n"))
        sent = 0
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof() and sent < MIB:
                writer.write(header)
                sent += len(header)
                await writer.drain()
                await asyncio.sleep(0.01)
        writer.transport.abort()
        return sent

    async with good_neighbour(edge), bounded(edge, 30):
        assert max(await asyncio.gather(*(one() for _ in range(100)))) < MIB // 4


# --- helpers --------------------------------------------------------------------------------------


@pytest.fixture
async def edge() -> AsyncIterator[ServedEdge]:
    """With the limits that everybody has, except how often one may come and ask."""
    async with served_edge(connects_per_minute=0) as edge:
        yield edge


def _request(name: str) -> bytes:
    return (
        f"GET /{name} HTTP/1.1\r\nHost: edge\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
    ).encode()


def _small(port: int) -> sockets.socket:
    """A socket whose own buffer is small, so that the other side's fills soon."""
    made = sockets.socket()
    made.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    made.connect(("127.0.0.1", port))
    return made


def _crowd(port: int, count: int) -> list[sockets.socket]:
    return [sockets.create_connection(("127.0.0.1", port), timeout=10) for _ in range(count)]


async def _opened(
    edge: ServedEdge, name: str, sock: sockets.socket | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A charge point's socket, with nobody to look after its frames."""
    sock = sock or _crowd(edge.port, 1)[0]
    sock.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=sock, limit=1024)
    writer.write(_request(name))
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def _hears(socket: ClientConnection) -> list[object]:
    async with asyncio.timeout(10):
        found: list[object] = json.loads(await socket.recv())
        return found


async def _is_closed(socket: ClientConnection, code: int) -> None:
    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.recv()
    assert socket.protocol.close_code == code
