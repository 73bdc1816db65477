"""How connections do, as kept for the owner: drops with their reasons, soft errors in words."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from app.charge_points import messages
from app.charge_points.insight import ConnectionQuality
from app.charge_points.oddities import DROPS, KNOWN, words
from app.edge_messages import Disconnect, Observed
from app.ocpp_edge.fleet import drops
from app.records.views import QualityView
from tests.charge_points.world import CP, World, connected_world
from tests.flow.system import TENANT


async def seen(world: World) -> QualityView:
    return await ConnectionQuality(world.chargers).of(TENANT, CP)


def observed(world: World, **changes: object) -> Observed:
    numbers: dict[str, object] = {"since": world.at(-600), "frames": 50} | changes
    return Observed(**numbers)  # type: ignore[arg-type]


async def disconnect(world: World, reason: str = "") -> None:
    told = Disconnect(TENANT, CP, world.epoch, "edge-1", reason)
    assert (await world.post("disconnect", told)).status_code == 204


async def test_before_anything_was_told_nothing_is_claimed() -> None:
    world = await connected_world()
    quality = await seen(world)
    assert quality.connected_since == world.at()
    assert (quality.told_at, quality.drops, quality.oddities) == (None, (), ())


async def test_the_newest_numbers_show() -> None:
    world = await connected_world()
    await world.say(observed(world, timeouts=2, answers=9, answer_p50_ms=100, answer_max_ms=900))
    quality = await seen(world)
    assert str(quality.frames_per_minute) == "5.0"
    assert (quality.timeouts, quality.answer_p50_ms, quality.answer_max_ms) == (2, 100, 900)


async def test_drops_of_a_day_show_with_their_reasons_the_newest_first() -> None:
    world = await connected_world()
    world.clock.pass_s(60)
    await disconnect(world, "silent")
    assert [drop.reason for drop in (await seen(world)).drops] == ["silent"]
    await world.connect(connection="socket-2")
    world.clock.pass_s(60)
    await world.connect(connection="socket-3")  # the network broke and nobody noticed
    await disconnect(world, "left")
    quality = await seen(world)
    assert [drop.reason for drop in quality.drops] == ["left", "replaced", "silent"]
    assert quality.drops[-1].text == "nothing was heard of it for too long"
    assert quality.connected_since is None
    world.clock.pass_s(86_401)
    assert (await seen(world)).drops == ()


async def test_drops_that_are_kept_are_few() -> None:
    world = await connected_world()
    for _ in range(40):
        await disconnect(world, "lost")
        await world.connect()
    connection = await world.chargers.connection(TENANT, CP)
    assert len(connection.drops) == 24


async def test_totals_of_one_connection_are_counted_once_and_of_several_added_up() -> None:
    world = await connected_world()
    for count in (2, 5, 5):
        await world.say(observed(world, oddities={"meter:no_measurand": count}))
    await world.connect()
    await world.say(observed(world, oddities={"meter:no_measurand": 3, "time:no_zone": 1}))
    found = {o.kind: o.count for o in (await seen(world)).oddities}
    assert found == {"meter:no_measurand": 8, "time:no_zone": 1}


async def test_an_older_connection_does_not_speak_of_the_newer() -> None:
    world = await connected_world()
    old = world.epoch
    await world.connect()
    result = await world.say(observed(world, frames=9), epoch=old)
    assert result.fenced
    assert (await seen(world)).told_at is None


async def test_what_it_no_longer_does_is_forgotten() -> None:
    world = await connected_world()
    await world.say(observed(world, oddities={"time:no_zone": 1}))
    world.clock.pass_s(timedelta(days=31).total_seconds())
    await world.connect()
    await world.say(observed(world, oddities={}))
    assert (await seen(world)).oddities == ()


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("meter:no_measurand", "leaves out the measurand"),
        ("StatusNotification.errorCode:enum", "“errorCode” of StatusNotification"),
        ("MeterValues.meterValue.sampledValue.value:type", "“value” of MeterValues"),
        ("BootNotification:additionalProperties", "fields of its own to BootNotification"),
        ("Whatever.else:new", "“else” of Whatever"),
        ("", "a message"),
    ],
)
def test_every_kind_is_a_sentence(kind: str, says: str) -> None:
    assert says in words(kind)
    assert words(kind).endswith(".")


def test_every_end_of_a_connection_has_words() -> None:
    assert set(drops.WORDS.values()) <= set(DROPS)


def test_no_oddity_is_told_without_words_and_no_words_are_idle() -> None:
    edge, app = Path(drops.__file__).parents[1], Path(messages.__file__).parent
    source = "".join(path.read_text() for room in (edge, app) for path in room.rglob("*.py"))
    told = set(re.findall(r'"((?:answer|frame|meter|stop|time):[a-z_0-9]+)"', source))
    assert told == set(KNOWN)
