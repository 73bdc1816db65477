"""Alarms ring in time, in order, and survive each other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from app.ocpp_edge.alarms import Alarms
from tests.ocpp_edge.harness import SetClock, WallClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def test_alarms_ring_in_the_order_of_their_time(clock: SetClock) -> None:
    alarms, rung = Alarms(clock), []
    alarms.after(20, lambda: rung.append("late"))
    alarms.after(10, lambda: rung.append("early"))
    alarms.ring()
    assert rung == []
    clock.at += timedelta(seconds=30)
    alarms.ring()
    assert rung == ["early", "late"]


def test_a_cancelled_alarm_does_not_ring(clock: SetClock) -> None:
    alarms, rung = Alarms(clock), []
    alarms.after(1, lambda: rung.append("x")).cancel()
    clock.at += timedelta(seconds=2)
    alarms.ring()
    assert rung == []


def test_one_that_fails_does_not_silence_the_others(clock: SetClock) -> None:
    alarms, rung = Alarms(clock), []
    alarms.after(1, lambda: 1 / 0)  # type: ignore[arg-type] # it fails before that
    alarms.after(2, lambda: rung.append("x"))
    clock.at += timedelta(seconds=3)
    alarms.ring()
    assert rung == ["x"]


def test_a_clock_that_is_set_back_keeps_nobody_waiting(clock: SetClock) -> None:
    alarms, rung = Alarms(clock), []
    alarms.after(10, lambda: rung.append("after"))
    alarms.at(alarms.steady_at(clock.at.timestamp() + 10), lambda: rung.append("at"))
    clock.at -= timedelta(minutes=10)
    alarms.ring()
    assert rung == []
    clock.at += timedelta(seconds=10)
    alarms.ring()
    assert rung == ["after", "at"]


def test_what_is_wanted_after_the_clock_was_set_back_is_by_the_new_time(clock: SetClock) -> None:
    alarms, rung = Alarms(clock), []
    alarms.ring()
    clock.at -= timedelta(minutes=10)
    alarms.at(alarms.steady_at(clock.at.timestamp() + 10), lambda: rung.append("at"))
    clock.at += timedelta(seconds=9)
    alarms.ring()
    assert rung == []
    clock.at += timedelta(seconds=1)
    alarms.ring()
    assert rung == ["at"]


@contextlib.asynccontextmanager
async def running(alarms: Alarms) -> AsyncIterator[None]:
    task = asyncio.create_task(alarms.run())
    await asyncio.sleep(0)
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_an_earlier_alarm_wakes_the_sleeper() -> None:
    alarms = Alarms(WallClock())
    async with running(alarms):
        await asyncio.sleep(0.01)
        rung = asyncio.Event()
        alarms.after(0.02, rung.set)
        async with asyncio.timeout(1):
            await rung.wait()
