"""How a connection does: what is counted, and when the app is told."""

from __future__ import annotations

import pytest
from websockets.asyncio.client import connect

from app.command_bus.in_process import InProcessBus
from app.edge_messages import Command, Connected, Observed
from app.ocpp_edge import Edge, EdgeSettings
from app.ocpp_edge.fleet.quality import MOST_KINDS, Quality, Reports
from app.operations import ClearCache
from tests.ocpp_edge.conftest import Plug, until
from tests.ocpp_edge.harness import (
    CHARGE_POINT,
    TENANT,
    Bay,
    FakeApp,
    RawCharger,
    SeededChance,
    WallClock,
)

SETTINGS = EdgeSettings(
    observed_new_after_s=180, observed_every_s=3600, observed_at_least_every_s=21_600
)
NAME = (TENANT, CHARGE_POINT)


@pytest.fixture
def bay() -> Bay:
    return Bay()


def oddities(bay: Bay) -> dict[str, int]:
    return bay.charger.notes.quality.report().oddities


# --- what is counted ------------------------------------------------------------------------------


async def test_what_is_soft_is_counted_by_what_it_is(bay: Bay) -> None:
    bay.boots()
    bay.meters(1000)
    bay.meters(1100)
    bay.says("StatusNotification", connectorId="1", errorCode="NoError", status="Available")
    bay.says("StatusNotification", connectorId=1, errorCode="Cold", status="Available", more=1)
    assert oddities(bay) == {
        "meter:no_measurand": 2,
        "StatusNotification.connectorId:type": 1,
        "StatusNotification.errorCode:enum": 1,
        "StatusNotification:additionalProperties": 1,
    }


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("2026-03-01T12:00:00", "time:no_zone"),
        ("1970-01-01T00:00:00Z", "time:clock_not_set"),
        ("yesterday", "time:unreadable"),
    ],
)
async def test_odd_times_are_counted(bay: Bay, written: str, kind: str) -> None:
    bay.says(
        "StatusNotification",
        connectorId=1,
        errorCode="NoError",
        status="Available",
        timestamp=written,
    )
    assert kind in oddities(bay)


async def test_what_is_right_is_not(bay: Bay) -> None:
    bay.says("Heartbeat")
    bay.reports(1, "Available")
    assert oddities(bay) == {}
    assert bay.charger.notes.quality.trouble == 0


async def test_answers_are_timed_and_missing_ones_counted() -> None:
    bay = Bay(call_timeout_s=30)
    bay.says("Heartbeat")
    command = Command("owner.1", TENANT, CHARGE_POINT, ClearCache())
    bay.commands.deliver(command, bay.charger)
    [call] = bay.calls("ClearCache")
    await bay.passes(0.4)
    bay.answers(call, status="Accepted")
    report = bay.charger.notes.quality.report()
    assert (report.answers, report.timeouts) == (1, 0)
    assert report.answer_max_ms is not None
    assert 400 <= report.answer_max_ms <= 600

    bay.commands.deliver(Command("owner.2", TENANT, CHARGE_POINT, ClearCache()), bay.charger)
    [call] = bay.calls("ClearCache")
    await bay.passes(31)
    bay.answers(call, status="Accepted")
    bay.answers([2, "nobody's"], status="Accepted")
    report = bay.charger.notes.quality.report()
    assert (report.answers, report.timeouts) == (1, 1)
    assert report.oddities == {"answer:late": 1, "answer:unsolicited": 1}


async def test_refusals_and_malformed_frames_are_counted(bay: Bay) -> None:
    bay.says("MakeCoffee")
    bay.sends("[2,")
    report = bay.charger.notes.quality.report()
    assert (report.frames, report.refused, report.malformed) == (2, 1, 1)


def test_kinds_are_few_however_inventive_a_charge_point_is() -> None:
    quality = Quality(0.0)
    for number in range(1000):
        quality.noticed(f"kind {number}" * 50)
    found = quality.report().oddities
    assert len(found) == MOST_KINDS
    assert max(map(len, found)) <= 80


def test_half_of_the_answers_are_as_fast_as_it_says() -> None:
    quality = Quality(0.0)
    for seconds in (0.02, 0.03, 0.04, 0.2, 9.0):
        quality.answered(seconds)
    report = quality.report()
    assert report.answer_p50_ms == 50
    assert report.answer_max_ms == 9000


# --- when it is told ------------------------------------------------------------------------------


def test_new_trouble_soon_more_of_it_by_the_hour_and_health_now_and_then() -> None:
    reports, quality = Reports(SETTINGS), Quality(0.0)
    assert not reports.is_due(NAME, quality, 20_000)
    assert reports.is_due(NAME, quality, 21_600)
    reports.told(NAME, quality, 21_600)
    quality.noticed("a")
    assert not reports.is_due(NAME, quality, 21_700)
    assert reports.is_due(NAME, quality, 21_800)
    reports.told(NAME, quality, 21_800)
    assert not reports.is_due(NAME, quality, 25_000)
    quality.noticed("a")
    assert not reports.is_due(NAME, quality, 25_000)
    assert reports.is_due(NAME, quality, 25_400)
    quality.timeouts += 1
    assert reports.is_due(NAME, quality, 22_000)


def test_one_that_comes_again_and_again_is_told_of_once() -> None:
    reports = Reports(SETTINGS)
    told = 0
    for minute in range(60):
        now = minute * 60.0
        quality = Quality(now)
        quality.noticed("a")
        if reports.is_due(NAME, quality, now + 59):
            reports.told(NAME, quality, now + 59)
            told += 1
    assert told <= 1


async def test_the_app_is_told_over_the_outbox(edge: Edge, app: FakeApp, plug: Plug) -> None:
    async with plug() as charger:
        await charger.asks("Heartbeat", {})
        await charger.asks(
            "StatusNotification", {"connectorId": 1, "errorCode": "Cold", "status": "Available"}
        )
        await until(lambda: app.heard(Observed))
        [said] = app.heard(Observed)
        assert said.oddities == {"StatusNotification.errorCode:enum": 1}
        assert said.frames >= 2
    await until(lambda: app.disconnects)
    assert app.disconnects[0].reason == "left"


@pytest.fixture
def settings() -> EdgeSettings:
    return EdgeSettings(port=0, drain_s=2.0, observe_every_s=0.02, observed_new_after_s=0.0)


async def test_while_the_app_is_away_nothing_piles_up(edge: Edge, app: FakeApp, plug: Plug) -> None:
    async with plug() as charger:
        app.goes_down()
        for number in range(5):
            await charger.asks(
                "StatusNotification",
                {"connectorId": 1, "errorCode": f"Odd{number}", "status": "Available"},
            )
        found = edge._registry.find(TENANT, CHARGE_POINT)
        assert found is not None
        assert found._outbox.waiting <= 2


async def test_of_one_that_nobody_has_accepted_nothing_is_told(
    edge: Edge, app: FakeApp, plug: Plug
) -> None:
    app.grant = Connected(TENANT, "pending.1", 1, 60, pending=True)
    async with plug() as charger:
        await charger.asks("MakeCoffee", {})
        found = edge._registry.find(TENANT, "pending.1")
        assert found is not None
        assert found.notes.quality.trouble == 1
        edge._fleet.tell(found)
    assert app.heard(Observed) == []


async def test_health_is_not_told_when_a_connection_ends(app: FakeApp, bus: InProcessBus) -> None:
    """Ten thousand may end at once; what they have to say is told when they are back."""
    settings = EdgeSettings(port=0, drain_s=2.0, observe_every_s=3600, observed_at_least_every_s=0)
    edge = Edge(settings, app, bus, WallClock(), SeededChance())
    await edge.start()
    url = f"ws://127.0.0.1:{edge.port}/ocpp/cp-1"
    async with connect(url, proxy=None) as socket:
        await RawCharger(socket).asks("Heartbeat", {})
    await until(lambda: app.disconnects)
    assert app.heard(Observed) == []
    async with connect(url, proxy=None) as socket:
        await RawCharger(socket).asks("MakeCoffee", {})
    await until(lambda: app.heard(Observed))
    await edge.stop()
