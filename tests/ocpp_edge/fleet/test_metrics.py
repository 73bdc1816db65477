"""What Prometheus reads of an edge."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest

from app.edge_messages import Command
from app.ocpp_edge import Edge, EdgeSettings
from app.operations import ClearCache
from app.telemetry.exposition import Text
from app.telemetry.histogram import Histogram
from tests.ocpp_edge.conftest import Plug, until
from tests.ocpp_edge.harness import CHARGE_POINT, TENANT, FakeApp

LINE = re.compile(
    r'(?P<name>[a-z_]+)(?:\{(?P<labels>(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*)\})? (?P<value>\S+)'
)


@pytest.fixture
def settings() -> EdgeSettings:
    return EdgeSettings(port=0, metrics_port=0, greeting_wait_s=0.1, drain_s=2.0)


def read(text: str) -> dict[tuple[str, str], float]:
    """Every sample by name and labels; fails on anything that Prometheus would refuse."""
    found: dict[tuple[str, str], float] = {}
    kinds: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds, "one family twice"
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            match = LINE.fullmatch(line)
            assert match is not None, line
            name = match["name"]
            family = re.sub(r"_(bucket|sum|count)$", "", name)
            assert name in kinds or kinds.get(family) == "histogram", line
            key = (name, match["labels"] or "")
            assert key not in found, line
            found[key] = float(match["value"])
    return found


async def get(port: int, path: str = "/metrics") -> tuple[str, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    head, _, body = answer.decode().partition("\r\n\r\n")
    return head, body


async def test_what_happens_is_counted(edge: Edge, app: FakeApp, plug: Plug) -> None:
    async with plug() as charger:
        await charger.asks("Heartbeat", {})
        await charger.asks("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        await charger.asks("MakeCoffee", {})
        await charger.sends("nonsense")
        await until(lambda: edge.counters["malformed_frames"])
        head, body = await get(edge.metrics_port)
        assert "200 OK" in head
        assert "text/plain; version=0.0.4" in head
        numbers = read(body)
        assert numbers["strom_edge_connected", 'protocol="ocpp1.6"'] == 1
        assert numbers["strom_edge_connects_total", 'protocol="ocpp1.6"'] == 1
        assert numbers["strom_edge_frames_total", ""] == 4
        assert numbers["strom_edge_calls_total", 'action="Heartbeat"'] == 1
        assert numbers["strom_edge_calls_refused_total", 'code="NotImplemented"'] == 1
        assert numbers["strom_edge_events_total", 'event="malformed_frames"'] == 1
        assert numbers["strom_edge_answer_seconds_count", ""] == 1
        assert numbers["strom_edge_answer_seconds_bucket", 'le="+Inf"'] == 1
        assert TENANT not in body
        assert CHARGE_POINT not in body
    await until(lambda: edge.connected == 0)
    numbers = read(edge.numbers())
    assert numbers["strom_edge_drops_total", 'reason="left"'] == 1
    assert numbers["strom_edge_frames_total", ""] == 4


async def test_a_connection_that_breaks_is_told_from_one_that_leaves(
    edge: Edge, plug: Plug
) -> None:
    async with plug() as charger:
        charger.socket.transport.abort()
        await until(lambda: edge.metrics.drops["lost"] == 1)


async def test_nothing_else_is_served_there_and_nothing_of_it_elsewhere(edge: Edge) -> None:
    assert "404" in (await get(edge.metrics_port, "/health"))[0]
    head, _ = await get(edge.port)
    assert "200" not in head.splitlines()[0]


async def test_without_a_port_there_is_none(settings: EdgeSettings) -> None:
    assert replace(settings, metrics_port=None).metrics_port is None
    assert EdgeSettings().metrics_port is None


def test_a_histogram_counts_up_to_each_bound() -> None:
    histogram = Histogram((0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 7.0):
        histogram.add(value)
    text = Text("x_")
    text.histogram("t", "Times.", [({"route": 'a"b\\'}, histogram)])
    assert str(text).splitlines() == [
        "# HELP x_t Times.",
        "# TYPE x_t histogram",
        'x_t_bucket{route="a\\"b\\\\",le="0.1"} 2',
        'x_t_bucket{route="a\\"b\\\\",le="1.0"} 3',
        'x_t_bucket{route="a\\"b\\\\",le="+Inf"} 4',
        'x_t_sum{route="a\\"b\\\\"} 7.65',
        'x_t_count{route="a\\"b\\\\"} 4',
    ]


async def test_what_came_of_commands_is_counted(edge: Edge, bus: object, plug: Plug) -> None:
    charger = None
    async with plug() as socket:
        await socket.asks("Heartbeat", {})
        charger = edge._registry.find(TENANT, CHARGE_POINT)
        assert charger is not None
        command = Command("owner.1", TENANT, CHARGE_POINT, ClearCache())
        edge._commands.deliver(command, charger)
        call = await socket.hears()
        assert call[2] == "ClearCache"
        await socket.sends(f'[3,"{call[1]}",{{"status":"Accepted"}}]')
        await until(lambda: edge.metrics.commands["owner", "accepted"] == 1)
