"""Whatever the order in which a transaction's events arrive, and however often: one session.

The events go through the translation into a real app; each is told until it is saved.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.charging.session import End, Session
from app.edge_messages import ChargerMessage, MessageResult, Said
from app.ocpp_edge.dialect import Answered
from tests.charge_points.world import CP, World, paid_world
from tests.flow.system import SESSION, TENANT
from tests.ocpp_edge.v201.harness import NUMBER, Station, event

BEGAN_S, ENDED_S = 60, 660
BY_CABLE = [
    event("Started", trigger="CablePluggedIn", evse=1, wh=1000, chargingState="EVConnected"),
    event("Updated", trigger="Authorized", seconds=BEGAN_S, token=SESSION.upper(), wh=1000),
]
BY_START = [
    event("Started", trigger="RemoteStart", seconds=BEGAN_S, evse=1, token=SESSION, wh=1000)
]
MEANWHILE = [
    event("Updated", trigger="ChargingStateChanged", seconds=120, chargingState="Charging"),
    event("Updated", seconds=240, wh=1500),
    event("Updated", seconds=480, wh=2500),
    event("Ended", trigger="EVDeparted", seconds=ENDED_S, wh=3000, stoppedReason="EVDisconnected"),
]


async def told(beginning: list[dict[str, Any]], order: list[int], drops: list[int]) -> Session:
    """The session after these events in this order; the connection is new after each drop."""
    world = await paid_world()
    await later(world, 900)
    station = Station()
    events = beginning + MEANWHILE
    for count, position in enumerate(order):
        if count in drops:
            station = Station()
        await tell(world, station, events[position % len(events)])
    return await world.stored()


async def later(world: World, seconds: float) -> None:
    """The charger's clock stands at noon, and so does the app's: only the app's moves on."""
    world.clock.pass_s(seconds)


async def tell(world: World, station: Station, payload: dict[str, Any]) -> None:
    shifted = msgspec.json.decode(msgspec.json.encode(payload))
    moment = world.at(-900 + seconds_of(payload))
    shifted["timestamp"] = moment.isoformat()
    for value in shifted.get("meterValue", ()):
        value["timestamp"] = moment.isoformat()
    station.context.now = world.clock.now  # type: ignore[method-assign]
    station.context.moment = lambda value: moment  # type: ignore[method-assign]
    reply = station.says("TransactionEvent", **shifted)
    said: list[Said] = [reply.said] if reply.said is not None else []
    results = [await say(world, one) for one in [*said, *reply.also]]
    if not isinstance(reply, Answered):
        assert results[0].saved
        reply.answer(results[0], station.context)


async def say(world: World, said: Said) -> MessageResult:
    [result] = await world.say_all(ChargerMessage(TENANT, CP, world.epoch, said))
    return result


def seconds_of(payload: dict[str, Any]) -> float:
    hour, minute, second = payload["timestamp"][11:19].split(":")
    return (int(hour) - 12) * 3600 + int(minute) * 60 + int(second)


def require_charged(session: Session) -> None:
    assert (session.transaction_id, session.end) == (NUMBER, End.CHARGED)
    assert (session.energy_wh, session.running) == (2000, False)
    assert session.balances.charged == 1_000_000


@pytest.mark.parametrize("beginning", [BY_CABLE, BY_START], ids=["by cable", "by start"])
async def test_in_order(beginning: list[dict[str, Any]]) -> None:
    require_charged(await told(beginning, list(range(len(beginning) + len(MEANWHILE))), []))


@pytest.mark.parametrize("beginning", [BY_CABLE, BY_START], ids=["by cable", "by start"])
async def test_all_of_it_again_after_a_reconnect(beginning: list[dict[str, Any]]) -> None:
    count = len(beginning) + len(MEANWHILE)
    require_charged(await told(beginning, [*range(count), *range(count)], [count]))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([BY_CABLE, BY_START]),
    st.randoms(use_true_random=False),
    st.lists(st.integers(0, 5), max_size=6),
    st.lists(st.integers(0, 12), max_size=3),
)
def test_in_any_order_and_any_number_of_times(
    beginning: list[dict[str, Any]], chance: random.Random, again: list[int], drops: list[int]
) -> None:
    order = [*range(len(beginning) + len(MEANWHILE)), *again]
    chance.shuffle(order)
    require_charged(asyncio.run(told(beginning, order, drops)))
