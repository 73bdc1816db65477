"""The edge over real websockets: who is let in, what is tolerated, who is thrown out."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app import operations as op
from app.charging.errors import NotSignedIn, Unavailable
from app.command_bus.in_process import InProcessBus
from app.edge_messages import Command, Connected, DeadlineMoved, Kick
from app.ocpp_edge import Edge, EdgeSettings
from tests.ocpp_edge.conftest import Plug, until
from tests.ocpp_edge.harness import (
    CHARGE_POINT,
    NOON,
    TENANT,
    FakeApp,
    RawCharger,
    SeededChance,
    WallClock,
    deadline,
)


async def request(edge: Edge, head: str) -> str:
    """Send raw bytes, return what comes back first."""
    reader, writer = await asyncio.open_connection("127.0.0.1", edge.port)
    writer.write(head.replace("\n", "\r\n").encode())
    async with asyncio.timeout(5):
        answer = await reader.read(4096)
    writer.close()
    return answer.decode()


# --- who is let in --------------------------------------------------------------------------------


async def test_the_app_is_asked_who_comes(edge: Edge, app: FakeApp, plug: Plug) -> None:
    url = f"ws://CP:secret@127.0.0.1:{edge.port}/ocpp/CP%201/"
    async with connect(url, subprotocols=["ocpp1.6"], proxy=None) as socket:  # type: ignore[list-item]
        assert socket.subprotocol == "ocpp1.6"
    (asked,) = app.connects
    assert (asked.path, asked.username) == ("CP 1", "CP")
    assert asked.password_sha256 is not None
    assert re.fullmatch("[0-9a-f]{64}", asked.password_sha256)
    assert (asked.protocol, asked.instance, asked.queue) == ("ocpp1.6", "edge", "edge")


@pytest.mark.parametrize(
    ("error", "status"), [(NotSignedIn("no"), 401), (Unavailable("down"), 503)]
)
async def test_a_refusal_is_401_and_a_silent_app_503(
    app: FakeApp, plug: Plug, error: NotSignedIn | Unavailable, status: int
) -> None:
    app.error = error
    with pytest.raises(InvalidStatus) as refused:
        async with plug():
            pass
    assert refused.value.response.status_code == status


async def test_an_appended_id_is_tried_both_ways(app: FakeApp, plug: Plug) -> None:
    app.refusals["CP1/SERIAL"] = NotSignedIn("no")
    async with plug("/ocpp/CP1/SERIAL") as charger:
        assert await charger.is_alive()
    assert [asked.path for asked in app.connects] == ["CP1/SERIAL", "CP1"]


@pytest.mark.parametrize("offers", [None, ["OCPP1.6"], ["ocpp1.6j"], ["ocpp2.0", "ocpp1.6"]])
async def test_odd_subprotocols_are_accepted(plug: Plug, offers: list[str] | None) -> None:
    async with plug(subprotocols=offers) as charger:
        assert await charger.is_alive()
        assert charger.socket.subprotocol == (offers[-1] if offers else None)


async def test_another_protocol_is_not_agreed_to_and_the_socket_closed(
    app: FakeApp, plug: Plug
) -> None:
    async with plug(subprotocols=["ocpp2.0"]) as charger:
        assert charger.socket.subprotocol is None
        with pytest.raises(ConnectionClosed):
            await charger.socket.recv()
    assert app.connects == []


async def test_health_and_what_is_no_websocket(edge: Edge, app: FakeApp) -> None:
    assert (await request(edge, "GET /health HTTP/1.1\nHost: x\n\n")).startswith("HTTP/1.1 200 ")
    assert (await request(edge, "GET /ocpp/CP1 HTTP/1.1\nHost: x\n\n")).startswith("HTTP/1.1 426 ")
    assert app.connects == []


# --- malformed frames -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('[2,"1","Heartbeat"]', "FormationViolation"),
        ('[2,"1","Heartbeat",{},0]', "FormationViolation"),
        ('[2,"1",["Heartbeat"],{}]', "FormationViolation"),
        ('[2,"1","Heartbeat",[]]', "FormationViolation"),
        ('[2,"1","StatusNotification",{"connec', "FormationViolation"),
        ('[2,"1","MakeCoffee",{}]', "NotImplemented"),
        ('[2,"1","RemoteStartTransaction",{"idTag":"x"}]', "NotSupported"),
        ('[2,"1","BootNotification",{}]', "OccurenceConstraintViolation"),
        ('[2,"1","Authorize",{"idTag":{"no":1}}]', "TypeConstraintViolation"),
        ('[2,"1","MeterValues",{"meterValue":[]}]', "OccurenceConstraintViolation"),
        (
            '[2,"1","StatusNotification",{"connectorId":"one","errorCode":"","status":""}]',
            "TypeConstraintViolation",
        ),
    ],
)
async def test_a_malformed_call_gets_the_right_error_and_the_connection_lives(
    plug: Plug, frame: str, code: str
) -> None:
    async with plug() as charger:
        await charger.sends(frame)
        answer = await charger.hears()
        assert answer[:3] == [4, "1", code]
        assert len(answer) == 5
        assert "Traceback" not in answer[3]
        assert await charger.is_alive()


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "\x00",
        "{}",
        "[]",
        "null",
        "[3]",
        '[3,"nobody",{}]',
        '[4,"nobody"]',
        '[2,null,"Heartbeat",{}]',
        b"\xff\xfe\x00",
        "[" * 50_000,
    ],
)
async def test_what_cannot_be_answered_is_passed_over(plug: Plug, frame: str | bytes) -> None:
    async with plug() as charger:
        await charger.sends(frame)
        assert await charger.is_alive()


async def test_invalid_utf8_in_a_text_frame_does_not_end_the_connection(plug: Plug) -> None:
    async with plug() as charger:
        await charger.socket.send(b'[2,"1","Heart\xff', text=True)
        assert (await charger.hears())[:3] == [4, "1", "FormationViolation"]
        assert await charger.is_alive()


async def test_a_message_in_fragments_keeps_its_place(plug: Plug) -> None:
    async with plug() as charger:
        await charger.sends('[2,"first","Heartbeat",{}]')
        await charger.socket.send(['[2,"second",', '"Heartbeat"', ",{}]"])
        await charger.sends('[2,"third","Heartbeat",{}]')
        heard = [(await charger.hears())[1] for _ in range(3)]
    assert heard == ["first", "second", "third"]


@pytest.mark.parametrize("depth", [100, 300, 900, 1030, 100_000])
async def test_a_deeply_nested_payload_is_no_trouble(
    edge: Edge, plug: Plug, caplog: pytest.LogCaptureFixture, depth: int
) -> None:
    deep = "[" * depth + "]" * depth
    async with plug() as charger:
        await charger.sends(f'[2,"1","MeterValues",{{"connectorId":1,"meterValue":{deep}}}]')
        refused = [4, "1", "FormationViolation", "nested deeper than 64 levels", {}]
        assert await charger.hears() == refused
        stop = '"transactionId":7,"meterStop":1,"timestamp":"2026-03-01T12:00:00Z"'
        await charger.sends(f'[2,"2","StopTransaction",{{{stop},"transactionData":{deep}}}]')
        assert await charger.hears() == [3, "2", {}]
        assert await charger.is_alive()
    assert edge.counters["defects"] == 0
    assert "Traceback" not in caplog.text


actions = st.sampled_from(["Heartbeat", "MeterValues", "StopTransaction", "BootNotification", "X"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)
names = st.sampled_from(["connectorId", "meterValue", "transactionId", "timestamp", "idTag", "x"])
payloads = st.dictionaries(names, values)
random_frames = (
    st.tuples(st.just(2), st.text(max_size=5), actions, payloads).map(json.dumps)
    | st.lists(values, max_size=6).map(json.dumps)
    | st.text(max_size=50)
    | st.binary(max_size=50)
)


async def test_the_connection_lives_through_random_frames(edge: Edge, plug: Plug) -> None:
    async with plug() as charger:
        loop = asyncio.get_running_loop()
        sent: list[str | bytes] = []

        @settings(max_examples=300, suppress_health_check=list(HealthCheck), deadline=None)
        @given(random_frames)
        def collect(frame: str | bytes) -> None:
            sent.append(frame)

        await loop.run_in_executor(None, collect)
        for frame in sent:
            await charger.sends(frame)
        await charger.sends('[2,"the-end","Heartbeat",{}]')
        while (await charger.hears())[1] != "the-end":
            pass
    assert edge.counters["defects"] == 0


# --- who is thrown out ------------------------------------------------------------------------


async def test_the_newest_socket_wins_and_the_old_ones_end_means_nothing(
    edge: Edge, app: FakeApp, bus: InProcessBus, plug: Plug
) -> None:
    async with plug() as old, plug() as new:
        with pytest.raises(ConnectionClosed):
            await old.socket.recv()
        assert await new.is_alive()
        assert edge.connected == 1
        assert app.disconnects == []
        command = Command("c", TENANT, CHARGE_POINT, op.Reset(), epoch=2)
        await bus.send("edge", command)
        assert (await new.hears())[2] == "Reset"
    await until(lambda: app.disconnects)
    assert [gone.epoch for gone in app.disconnects] == [2]


async def test_a_connection_overtaken_by_a_newer_one_is_closed(
    edge: Edge, app: FakeApp, plug: Plug
) -> None:
    app.grant = Connected(TENANT, CHARGE_POINT, 5, 300)
    async with plug() as newer:
        assert await newer.is_alive()
        app.grant = Connected(TENANT, CHARGE_POINT, 4, 300)
        async with plug() as older:
            with pytest.raises(ConnectionClosed):
                await older.socket.recv()
        answer = await newer.asks("Authorize", {"idTag": "tag"})
        assert answer[0] == 3, "the newer one still has its way to the app"


async def test_a_kick_closes_older_connections_alone(
    edge: Edge, bus: InProcessBus, plug: Plug
) -> None:
    async with plug() as charger:
        await bus.send("edge", Kick(TENANT, CHARGE_POINT, 1))
        assert await charger.is_alive()
        await bus.send("edge", Kick(TENANT, CHARGE_POINT, 2))
        with pytest.raises(ConnectionClosed):
            await charger.socket.recv()


async def test_a_frame_too_large_closes_and_a_dropped_socket_leaves_no_traceback(
    edge: Edge, app: FakeApp, plug: Plug, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with plug() as charger:
        await charger.sends("x" * 300_000)
        with pytest.raises(ConnectionClosed):
            await charger.socket.recv()
    async with plug() as charger:
        charger.socket.transport.abort()
    await request(edge, "NONSENSE\n\n")
    await until(lambda: len(app.disconnects) == 2)
    assert "Traceback" not in caplog.text
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_no_secret_reaches_a_log(
    edge: Edge, app: FakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "app")
    url = f"ws://CP:hunter2@127.0.0.1:{edge.port}/ocpp/CP1"
    async with connect(url, proxy=None) as socket:
        await RawCharger(socket).asks("Authorize", {"idTag": "my-rfid-card"})
    shown = caplog.text + repr([record.__dict__ for record in caplog.records])
    assert "hunter2" not in shown
    assert "my-rfid-card" not in shown


async def test_silent_connections_are_pinged_then_closed(app: FakeApp, bus: InProcessBus) -> None:
    settings = EdgeSettings(
        port=0,
        idle_at_least_s=0.4,
        idle_intervals=0,
        ping_after_s=0.1,
        sweep_every_s=0.05,
        close_timeout_s=0.2,
    )
    edge = Edge(settings, app, bus, WallClock(), SeededChance())
    await edge.start()
    head = (
        f"GET /ocpp/silent HTTP/1.1\r\nHost: 127.0.0.1:{edge.port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", edge.port)
    writer.write(head.encode())
    await until(lambda: edge.connected == 1)
    app.grant = Connected(TENANT, "cp-2", 1, 300)
    async with connect(f"ws://127.0.0.1:{edge.port}/ocpp/ponging", proxy=None) as answering:
        async with asyncio.timeout(5):
            received = await reader.read()  # until the edge closes
        closed_at = datetime.now(UTC)
        assert b"\x89\x00" in received, "it was pinged"
        await until(lambda: app.disconnects)
        seen_at = app.disconnects[0].seen_at
        assert seen_at is not None
        assert seen_at <= closed_at - timedelta(seconds=0.3), "the app learns when it fell silent"
        await asyncio.sleep(0.3)
        assert await RawCharger(answering).is_alive(), "a pong is life"
    writer.close()
    await edge.stop()


# --- commands and the lease -----------------------------------------------------------------------


async def test_a_command_that_comes_before_its_connection_waits_for_it(
    app: FakeApp, bus: InProcessBus, plug: Plug
) -> None:
    await bus.send("edge", Command("c", TENANT, CHARGE_POINT, op.Reset(), epoch=1))
    await asyncio.sleep(0.05)
    async with plug() as charger:
        assert (await charger.hears())[2] == "Reset"


async def test_a_command_for_an_older_connection_is_fenced(
    app: FakeApp, bus: InProcessBus, plug: Plug
) -> None:
    async with plug():
        pass
    async with plug() as charger:
        await bus.send("edge", Command("c", TENANT, CHARGE_POINT, op.Reset(), epoch=1))
        assert await charger.is_alive()


async def test_a_moved_deadline_is_held_at_once(bus: InProcessBus, plug: Plug) -> None:
    async with plug() as charger:
        assert await charger.is_alive()
        moved = DeadlineMoved(TENANT, CHARGE_POINT, 1, deadline(in_s=0))
        assert moved.deadline.stop_at == NOON
        await bus.send("edge", moved)
        assert (await charger.hears())[2] == "RemoteStopTransaction"


async def test_the_lease_is_renewed(edge: Edge, app: FakeApp) -> None:
    await until(lambda: len(app.leases) >= 2)
    assert app.leases[0].valid_for_s == 1


async def test_a_disconnect_is_told_until_the_app_knows(app: FakeApp, plug: Plug) -> None:
    async with plug():
        app.goes_down()
    await asyncio.sleep(0.2)
    assert app.disconnects == []
    app.comes_back()
    await until(lambda: app.disconnects)


async def test_stopping_closes_sockets_and_tells_the_app_all(
    app: FakeApp, bus: InProcessBus, settings: EdgeSettings
) -> None:
    edge = Edge(settings, app, bus, WallClock(), SeededChance())
    running = asyncio.create_task(edge.run())
    await asyncio.sleep(0.05)
    async with connect(f"ws://127.0.0.1:{edge.port}/ocpp/CP1", proxy=None) as socket:
        await RawCharger(socket).is_alive()
        await edge.stop()
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
    assert len(app.disconnects) == 1
    await running
