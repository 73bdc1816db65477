"""An instance stops: nothing in flight is lost, nobody is let in, and it ends in time."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from msgspec.structs import replace
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from app.command_bus.in_process import InProcessBus
from app.edge_messages import (
    Command,
    CommandOutcome,
    Connect,
    Connected,
    MessageResult,
    TransactionStopped,
)
from app.ocpp_edge import Edge, EdgeSettings
from app.operations import ClearCache
from tests.ocpp_edge.conftest import Plug, until
from tests.ocpp_edge.harness import (
    CHARGE_POINT,
    NOON,
    TENANT,
    FakeApp,
    RawCharger,
    SeededChance,
    WallClock,
)

STOP = {"transactionId": 7, "meterStop": 1000, "timestamp": NOON.isoformat()}


@pytest.fixture
def settings() -> EdgeSettings:
    return EdgeSettings(port=0, greeting_wait_s=0.1, close_timeout_s=0.3, retry_s=0.05, drain_s=4)


async def closed(charger: RawCharger) -> None:
    async with asyncio.timeout(5):
        await charger.socket.wait_closed()
    assert charger.socket.close_code == 1001


async def test_one_that_waits_for_its_answer_gets_it_first(
    edge: Edge, app: FakeApp, plug: Plug
) -> None:
    app.gate = asyncio.Event()
    async with plug() as charger:
        waiting = asyncio.create_task(charger.asks("StopTransaction", STOP))
        await until(lambda: app.heard(TransactionStopped))
        stopping = asyncio.create_task(edge.stop())
        await asyncio.sleep(0.2)
        assert not waiting.done()
        app.gate.set()
        assert (await waiting)[:2] == [3, "1"]
        await closed(charger)
        await stopping
    assert edge.metrics.drops == {"restart": 1}
    assert [gone.reason for gone in app.disconnects] == ["restart"]


async def test_one_that_was_told_to_do_something_says_what_came_of_it(
    edge: Edge, app: FakeApp, bus: InProcessBus, plug: Plug
) -> None:
    async with plug() as charger:
        await charger.asks("Heartbeat", {})
        await bus.send("edge", Command("owner.1", TENANT, CHARGE_POINT, ClearCache()))
        call = await charger.hears()
        stopping = asyncio.create_task(edge.stop())
        await asyncio.sleep(0.2)
        await charger.sends(f'[3,"{call[1]}",{{"status":"Accepted"}}]')
        await stopping
    assert [said.outcome for said in app.heard(CommandOutcome)] == ["accepted"]


async def test_what_the_app_cannot_take_now_is_kept_trying_until_the_end(
    edge: Edge, app: FakeApp, plug: Plug
) -> None:
    async with plug() as charger:
        await charger.asks("Heartbeat", {})
        app.goes_down()
        await charger.asks(
            "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}
        )
        stopping = asyncio.create_task(edge.stop())
        await asyncio.sleep(0.3)
        app.comes_back()
        await stopping
    assert [said.status for said in app.heard() if hasattr(said, "status")][-1] == "Charging"
    assert len(app.disconnects) == 1


async def test_one_that_never_answers_does_not_keep_it_from_ending(
    edge: Edge, bus: InProcessBus, plug: Plug
) -> None:
    async with plug() as charger:
        await charger.asks("Heartbeat", {})
        await bus.send("edge", Command("owner.1", TENANT, CHARGE_POINT, ClearCache()))
        await charger.hears()
        began = time.monotonic()
        await edge.stop()
        assert time.monotonic() - began < 30  # its own limit is 4 s; the machine may be busy


async def test_while_it_stops_nobody_is_let_in(edge: Edge, app: FakeApp, plug: Plug) -> None:
    app.gate, port = asyncio.Event(), edge.port
    async with plug() as charger:
        waiting = asyncio.create_task(charger.asks("StopTransaction", STOP))
        await until(lambda: app.heard(TransactionStopped))
        stopping = asyncio.create_task(edge.stop())
        await until(lambda: edge._server.is_draining)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        app.gate.set()
        await waiting
        await stopping


class AppOfMany(FakeApp):
    """Every path is a charge point of its own, which may be held by two instances."""

    def __init__(self) -> None:
        super().__init__(results={TransactionStopped: MessageResult(saved=True)})
        self.epochs: dict[str, int] = {}

    async def connect(self, message: Connect) -> Connected:
        grant = await super().connect(message)
        epoch = self.epochs[message.path] = self.epochs.get(message.path, 0) + 1
        return replace(grant, charge_point=message.path, epoch=epoch)


@pytest.fixture
async def two_edges(settings: EdgeSettings) -> AsyncIterator[tuple[Edge, Edge, AppOfMany]]:
    app, bus = AppOfMany(), InProcessBus()
    first, second = (
        Edge(
            replace_settings(settings, name),
            app,
            bus,
            WallClock(),
            SeededChance(),
        )
        for name in ("edge-1", "edge-2")
    )
    await first.start()
    await second.start()
    yield first, second, app
    await first.stop()
    await second.stop()


def replace_settings(settings: EdgeSettings, name: str) -> EdgeSettings:
    return dataclasses.replace(settings, instance=name, queue=name)


async def test_another_instance_takes_over_meanwhile_and_every_one_is_told_apart(
    two_edges: tuple[Edge, Edge, AppOfMany],
) -> None:
    """Charge points that are let go come to the other instance at once; none is lost."""
    first, second, app = two_edges
    names = [f"cp{number}" for number in range(60)]

    async def lives(name: str) -> None:
        """Speaks to whoever lets it in; at the end it is at the second instance."""
        for port in (first.port, second.port):
            url = f"ws://127.0.0.1:{port}/ocpp/{name}"
            async with connect(url, subprotocols=["ocpp1.6"], proxy=None) as socket:  # type: ignore[list-item]
                charger = RawCharger(socket)
                try:
                    for number in range(10_000):
                        await charger.asks("Heartbeat", {}, str(number))
                        if port == second.port:
                            return
                        await asyncio.sleep(0.01)
                except ConnectionClosed:
                    continue

    async with AsyncExitStack() as stack:
        group = await stack.enter_async_context(asyncio.TaskGroup())
        for name in names:
            group.create_task(lives(name))
        async with asyncio.timeout(20):
            while first.connected < len(names):
                await asyncio.sleep(0.02)
        await first.stop()
    assert first.connected == 0
    assert app.epochs == dict.fromkeys(names, 2)
    assert first.metrics.drops == {"restart": len(names)}
    gone = [(told.charge_point, told.epoch) for told in app.disconnects]
    assert (len(gone), len(set(gone))) == (len(gone), len(gone))
    assert {name for name, epoch in gone if epoch == 1} == set(names)
