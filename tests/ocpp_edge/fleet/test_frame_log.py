"""The frame log at the edge: off it costs nothing, on it is bounded, and never tells a secret."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.command_bus.in_process import InProcessBus
from app.edge_messages import Connected, FrameLogging, FramesLogged, FramesWanted
from app.ocpp_edge import Edge, EdgeSettings
from app.ocpp_edge.fleet.frame_log import EVERY_S, MOST_FRAMES, WHILE_LOOKED_AT_S
from app.ocpp_edge.fleet.redaction import HIDDEN, LONGEST, readable
from tests.ocpp_edge.conftest import Plug, until
from tests.ocpp_edge.harness import CHARGE_POINT, NOON, TENANT, Bay, FakeApp, WallClock

FOR_AN_HOUR = FrameLogging(NOON + timedelta(hours=1))
SECRET = "hunter2"


def logged(bay: Bay) -> list[tuple[bool, Any]]:
    return [
        (frame.sent, json.loads(frame.text))
        for said in bay.app.heard(FramesLogged)
        for frame in said.frames
    ]


# --- what is kept ---------------------------------------------------------------------------------


async def test_off_nothing_is_kept_or_told() -> None:
    bay = Bay()
    bay.says("Heartbeat")
    await bay.passes(60)
    assert bay.app.heard(FramesLogged) == []
    assert bay.charger.notes.log is None


async def test_on_both_directions_are_told_in_order_and_in_bundles() -> None:
    bay = Bay()
    bay.charger.notes.log_frames(FOR_AN_HOUR)
    first = bay.says("Heartbeat")
    second = bay.says("Heartbeat")
    await bay.passes(EVERY_S + 1)
    assert len(bay.app.heard(FramesLogged)) == 1
    told = logged(bay)
    assert [(sent, frame[0], frame[1]) for sent, frame in told] == [
        (False, 2, first),
        (True, 3, first),
        (False, 2, second),
        (True, 3, second),
    ]


async def test_while_somebody_looks_they_come_sooner() -> None:
    bay = Bay()
    looked_at = FrameLogging(FOR_AN_HOUR.until, NOON + timedelta(minutes=1))
    bay.charger.notes.log_frames(looked_at)
    bay.says("Heartbeat")
    await bay.passes(WHILE_LOOKED_AT_S + 0.5)
    assert len(logged(bay)) == 2


async def test_it_ends_by_itself_and_on_demand() -> None:
    bay = Bay()
    bay.charger.notes.log_frames(FOR_AN_HOUR)
    await bay.passes(3700)
    bay.app.batches.clear()
    bay.says("Heartbeat")
    await bay.passes(30)
    assert logged(bay) == []
    bay.charger.notes.log_frames(FrameLogging(NOON))
    assert bay.charger.notes.log is None


async def test_what_was_said_last_is_told_when_the_connection_ends() -> None:
    bay = Bay()
    bay.charger.notes.log_frames(FOR_AN_HOUR)
    bay.says("Heartbeat")
    bay.drops()
    await bay.settles()
    assert len(logged(bay)) == 2


async def test_too_many_frames_are_left_out_and_counted() -> None:
    bay = Bay()
    bay.charger.notes.log_frames(FOR_AN_HOUR)
    for _ in range(MOST_FRAMES):
        bay.says("Heartbeat")
    await bay.passes(EVERY_S + 1)
    [said] = bay.app.heard(FramesLogged)
    assert len(said.frames) == MOST_FRAMES
    assert said.left_out == MOST_FRAMES


async def test_an_hour_has_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ocpp_edge.fleet.frame_log.MOST_BYTES_AN_HOUR", 1000)
    bay = Bay()
    bay.charger.notes.log_frames(FrameLogging(NOON + timedelta(hours=3)))
    for _ in range(100):
        bay.says("Heartbeat")
        await bay.passes(EVERY_S + 1)
    in_the_first_hour = len(logged(bay))
    assert in_the_first_hour < 40
    await bay.passes(3600)
    bay.says("Heartbeat")
    await bay.passes(EVERY_S + 1)
    assert len(logged(bay)) > in_the_first_hour


async def test_the_last_frames_before_it_was_on_can_be_kept() -> None:
    bay = Bay(recent_frames=3)
    for _ in range(10):
        last = bay.says("Heartbeat")
    assert bay.app.heard(FramesLogged) == []
    bay.charger.notes.log_frames(FOR_AN_HOUR)
    await bay.passes(EVERY_S + 1)
    told = logged(bay)
    assert len(told) == 3
    assert told[-1][1][1] == last


async def test_the_edge_logs_when_the_app_says_so(
    edge: Edge, app: FakeApp, bus: InProcessBus, plug: Plug
) -> None:
    soon = WallClock().now() + timedelta(hours=1)
    app.grant = Connected(TENANT, CHARGE_POINT, 1, 300, logging=FrameLogging(soon, soon))
    async with plug() as charger:
        await charger.asks("Heartbeat", {})
        await until(lambda: app.heard(FramesLogged))
        off = FramesWanted(TENANT, CHARGE_POINT, 1, FrameLogging(NOON))
        await bus.send("edge", off)
        found = edge._registry.find(TENANT, CHARGE_POINT)
        assert found is not None
        await until(lambda: found.notes.log is None)


@pytest.fixture
def settings() -> EdgeSettings:
    return EdgeSettings(port=0, drain_s=2.0)


# --- secrets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frame",
    [
        [2, "1", "ChangeConfiguration", {"key": "AuthorizationKey", "value": SECRET}],
        [3, "1", {"configurationKey": [{"key": "authorizationkey", "value": SECRET}]}],
        [2, "1", "ChangeConfiguration", {"key": "WifiPassword", "value": SECRET}],
        [
            2,
            "1",
            "SetVariables",
            {
                "setVariableData": [
                    {
                        "attributeValue": SECRET,
                        "component": {"name": "SecurityCtrlr"},
                        "variable": {"name": "BasicAuthPassword"},
                    }
                ]
            },
        ],
        [
            2,
            "1",
            "NotifyReport",
            {
                "reportData": [
                    {
                        "variable": {"name": "BasicAuthPassword"},
                        "variableAttribute": [{"type": "Actual", "value": SECRET}],
                    }
                ]
            },
        ],
        [
            2,
            "1",
            "SetNetworkProfile",
            {"connectionData": {"apn": {"apnPassword": SECRET}, "vpn": {"password": SECRET}}},
        ],
        [2, "1", "GetDiagnostics", {"location": f"ftp://me:{SECRET}@files.example/logs"}],
        [2, "1", "DataTransfer", {"vendorId": "V", "data": json.dumps({"password": SECRET})}],
        [4, "1", "GenericError", f"AuthorizationKey = {SECRET}", {}],
    ],
)
def test_a_secret_is_never_told(frame: object) -> None:
    text = readable(json.dumps(frame).encode())
    assert SECRET not in text
    assert HIDDEN in text
    assert json.loads(text)[:2] == frame[:2]  # type: ignore[index]


def test_what_cannot_be_read_is_shown_unless_it_names_a_secret() -> None:
    assert readable(b'[2,"1","Heartbeat"') == '[2,"1","Heartbeat"'
    assert SECRET not in readable(f'[2,"1","X",{{"AuthorizationKey":"{SECRET}"'.encode())


def test_id_tags_and_everything_else_stay() -> None:
    frame = [2, "1", "Authorize", {"idTag": "04A1B2C3", "more": [1, 2.5, None, True]}]
    assert json.loads(readable(json.dumps(frame).encode())) == frame


def test_long_frames_are_cut_and_deep_ones_end() -> None:
    assert len(readable(json.dumps([2, "1", "X", {"a": "b" * 100_000}]).encode())) < LONGEST + 50
    assert "…" in readable(("[" * 500 + "]" * 500).encode())


@given(st.binary(max_size=300))
def test_any_bytes_become_text(frame: bytes) -> None:
    assert isinstance(readable(frame), str)
