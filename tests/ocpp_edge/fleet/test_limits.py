"""What a charge point may send: slowed down when it is much, closed when it floods."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.charging.errors import NotSignedIn
from app.edge_messages import Connect, Connected
from app.ocpp_edge import Edge, EdgeSettings
from app.ocpp_edge.fleet.knocks import MINUTE_S, KnockLimits, Knocks
from app.ocpp_edge.fleet.limits import Allowance, Rate, Share
from tests.ocpp_edge.conftest import Plug, until
from tests.ocpp_edge.harness import FakeApp

RATE = Rate(frames_per_s=10, bytes_per_s=1000, burst_s=2)
HEARTBEAT = json.dumps([2, "1", "Heartbeat", {}])


def spend(allowance: Allowance, frames: int, size: int = 0) -> None:
    allowance.frames.left -= frames
    allowance.bytes.left -= size


# --- the buckets ----------------------------------------------------------------------------------


def test_a_burst_is_free_and_more_has_to_wait() -> None:
    allowance = Allowance(RATE, 0.0, abuse_after_s=30)
    spend(allowance, 20)
    assert allowance.renew(0.0).seconds == 0
    spend(allowance, 5)
    assert allowance.renew(0.0).seconds == pytest.approx(0.5)
    assert allowance.renew(0.5).seconds == 0


def test_bytes_count_as_well() -> None:
    allowance = Allowance(RATE, 0.0, abuse_after_s=30)
    spend(allowance, 1, 3000)
    assert allowance.renew(0.0).seconds == pytest.approx(1.0)


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 100)), max_size=50))
def test_nobody_gets_more_than_rate_and_burst(steps: list[tuple[float, int]]) -> None:
    """Whatever is sent when: one that waits as told has had at most what it was due."""
    allowance, now, sent = Allowance(RATE, 0.0, abuse_after_s=1e9), 0.0, 0
    for pause_s, frames in steps:
        now += pause_s
        spend(allowance, frames)
        sent += frames
        now += allowance.renew(now).seconds
        assert sent <= 10 * (2 + now) + 1e-6


def test_one_that_waits_for_answers_is_never_taken_for_a_flood() -> None:
    allowance, now = Allowance(RATE, 0.0, abuse_after_s=30), 0.0
    for _ in range(5000):
        spend(allowance, 1, 50)
        wait = allowance.renew(now)
        assert not wait.is_abuse
        now += wait.seconds
    assert now > 400


def test_a_flood_that_goes_on_is_abuse_and_one_burst_is_not() -> None:
    allowance, now = Allowance(RATE, 0.0, abuse_after_s=30), 0.0
    verdicts = []
    for _ in range(4):
        spend(allowance, 150)
        wait = allowance.renew(now)
        verdicts.append(wait.is_abuse)
        now += wait.seconds
    assert verdicts == [False, False, False, True]
    patient = Allowance(RATE, 0.0, abuse_after_s=30)
    for hour in range(4):
        spend(patient, 150)
        assert not patient.renew(hour * 3600.0).is_abuse


def test_a_tenants_charge_points_share_and_no_single_one_is_blamed() -> None:
    share = Share(Rate(10, 0, 2), 0.0)
    several = [Allowance(RATE, 0.0, abuse_after_s=0, share=share) for _ in range(3)]
    waits = []
    for one in several:
        spend(one, 10)
        waits.append(one.renew(0.0))
    assert [wait.seconds for wait in waits] == [0, 0, pytest.approx(1.0)]
    assert not any(wait.is_abuse for wait in waits)


def test_without_limits_nobody_waits() -> None:
    allowance = Allowance(Rate(0, 0, 10), 0.0, abuse_after_s=0, share=Share(Rate(0, 0, 10), 0.0))
    for _ in range(3):
        spend(allowance, 10_000_000, 10**12)
        assert allowance.renew(0.0) == (0.0, False)


# --- knocking -------------------------------------------------------------------------------------


def test_a_path_that_knocks_too_often_waits_a_minute_and_others_do_not() -> None:
    knocks = Knocks(KnockLimits(connects=3, refusals=0))
    assert [knocks.allows("a", "1.2.3.4", 0.0) for _ in range(4)] == [True, True, True, False]
    assert knocks.allows("a", "5.6.7.8", 0.0), "somebody elsewhere does not keep it out"
    assert knocks.allows("b", "1.2.3.4", 0.0)
    assert knocks.allows("a", "1.2.3.4", MINUTE_S)


def test_who_guesses_waits_and_neighbours_that_are_known_do_not() -> None:
    knocks = Knocks(KnockLimits(connects=0, refusals=2))
    knocks.let_in("known")
    for _ in range(2):
        assert knocks.allows("guess", "1.2.3.4", 0.0)
        knocks.refused("1.2.3.4", 0.0)
    assert not knocks.allows("guess", "1.2.3.4", 1.0)
    assert knocks.allows("known", "1.2.3.4", 1.0)
    for near in ("10.0.0.1", "127.0.0.1", ""):
        for _ in range(5):
            knocks.refused(near, 0.0)
        assert knocks.allows("guess", near, 1.0), "a proxy speaks for everybody"
    assert knocks.allows("guess", "1.2.3.4", MINUTE_S)


# --- over real sockets ----------------------------------------------------------------------------


class AppOfMany(FakeApp):
    """Every path is a charge point of its own."""

    async def connect(self, message: Connect) -> Connected:
        return replace(await super().connect(message), charge_point=message.path)


@pytest.fixture
def app() -> FakeApp:
    return AppOfMany()


@pytest.fixture
def settings() -> EdgeSettings:
    return EdgeSettings(
        port=0,
        close_timeout_s=0.2,
        drain_s=3.0,
        frames_per_s=200,
        burst_s=0.2,
        flood_closed_after_s=0.3,
        connects_per_minute=5,
    )


async def test_a_hurried_charge_point_is_slowed_down_and_answered(edge: Edge, plug: Plug) -> None:
    async with plug() as charger:
        for _ in range(80):
            assert (await charger.asks("Heartbeat", {}))[0] == 3
    assert edge.counters["slowed_down"] > 0
    assert edge.metrics.drops["flooded"] == 0


async def test_a_flood_is_closed_and_neighbours_are_answered(edge: Edge, plug: Plug) -> None:
    async def floods() -> None:
        async with plug("/ocpp/flooder") as flooder:
            while True:
                for _ in range(500):
                    await flooder.sends(HEARTBEAT)
                await asyncio.sleep(0)

    async with plug() as neighbour:
        flood = asyncio.create_task(floods())
        while not flood.done():
            assert (await neighbour.asks("Heartbeat", {}))[0] == 3
            await asyncio.sleep(0.02)
        with pytest.raises(ConnectionClosed):
            await flood
    await until(lambda: edge.metrics.drops["flooded"] == 1)


async def test_one_that_knocks_too_often_does_not_reach_the_app(app: FakeApp, plug: Plug) -> None:
    for _ in range(5):
        async with plug():
            pass
    asked = len(app.connects)
    with pytest.raises(InvalidStatus) as refused:
        async with plug():
            pass
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "60"
    assert len(app.connects) == asked


async def test_while_the_app_is_away_nobody_knocks_too_often(app: FakeApp, plug: Plug) -> None:
    app.goes_down()
    for _ in range(10):
        with pytest.raises(InvalidStatus) as refused:
            async with plug():
                pass
        assert refused.value.response.status_code == 503
    app.comes_back()
    async with plug() as charger:
        assert await charger.is_alive()


async def test_wrong_passwords_are_counted(edge: Edge, app: FakeApp, plug: Plug) -> None:
    app.error = NotSignedIn("no")
    for _ in range(2):
        with pytest.raises(InvalidStatus):
            async with plug():
                pass
    assert edge.metrics.turned_away == {401: 2}


async def test_a_live_page_that_talks_is_closed(edge: Edge) -> None:
    async def talks() -> None:
        async with connect(f"ws://127.0.0.1:{edge.port}/live/token", proxy=None) as page:
            while True:
                for _ in range(100):
                    await page.send("hello")
                await asyncio.sleep(0)

    async with asyncio.timeout(10):
        with pytest.raises(ConnectionClosed):
            await talks()
