"""The frame log in the app: switched on by the owner, kept for a week, read in pages."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from app.charge_points.frame_logs import FrameLogs
from app.charging.errors import BadInput, Conflict
from app.edge_messages import FrameLogging, FramesLogged, FramesWanted, LoggedFrame
from tests.charge_points.world import CP, World, connected_world
from tests.flow.system import TENANT


def logs(world: World) -> FrameLogs:
    return FrameLogs(world.chargers, world.bus, world.clock)


def frame(world: World, text: str, *, sent: bool = False, in_s: float = 0) -> LoggedFrame:
    return LoggedFrame(world.at(in_s), sent, text)


async def said(world: World, *frames: LoggedFrame, left_out: int = 0) -> None:
    assert (await world.say(FramesLogged(frames, left_out))).saved


async def wanted(world: World) -> list[FrameLogging]:
    return [m.logging for m in await world.received() if isinstance(m, FramesWanted)]


async def test_it_is_off_until_the_owner_switches_it_on() -> None:
    world = await connected_world()
    assert (await world.connect()).logging is None
    assert await logs(world).recorded_until(TENANT, CP) is None
    until = await logs(world).record(TENANT, CP, 8)
    assert until == world.at(8 * 3600)
    assert await logs(world).recorded_until(TENANT, CP) == until
    assert [w.until for w in await wanted(world)] == [until]
    assert (await world.connect()).logging == FrameLogging(until)


async def test_it_is_switched_off_at_once_and_ends_by_itself() -> None:
    world = await connected_world()
    await logs(world).record(TENANT, CP, 1)
    await logs(world).record(TENANT, CP, 0)
    assert await logs(world).recorded_until(TENANT, CP) is None
    assert [w.until <= world.at() for w in await wanted(world)] == [False, True]
    await logs(world).record(TENANT, CP, 1)
    world.clock.pass_s(3601)
    assert await logs(world).recorded_until(TENANT, CP) is None


@pytest.mark.parametrize("hours", [-1, 25])
async def test_nobody_records_for_ever(hours: int) -> None:
    world = await connected_world()
    with pytest.raises(BadInput):
        await logs(world).record(TENANT, CP, hours)


async def test_what_never_connected_has_nothing_to_record() -> None:
    world = await World().furnish()
    with pytest.raises(Conflict):
        await logs(world).record(TENANT, CP, 1)


async def test_looking_is_told_now_and_then_however_often_the_page_asks() -> None:
    world = await connected_world()
    told = 0
    for _ in range(60):
        await logs(world).follow(TENANT, CP)
        told += len(await wanted(world))
        world.clock.pass_s(3)
    assert 2 <= told <= 6


async def test_looking_does_not_shorten_a_recording() -> None:
    world = await connected_world()
    until = await logs(world).record(TENANT, CP, 8)
    await logs(world).follow(TENANT, CP)
    assert (await wanted(world))[-1].until == until


async def test_frames_are_read_the_newest_first_and_answers_know_their_call() -> None:
    world = await connected_world()
    await said(
        world,
        frame(world, '[2,"1","Heartbeat",{}]'),
        frame(world, '[3,"1",{"currentTime":"2026"}]', sent=True, in_s=1),
        left_out=2,
    )
    await said(
        world,
        frame(world, '[2,"9","Reset",{"type":"Soft"}]', sent=True, in_s=2),
        frame(world, '[4,"9","NotSupported","",{}]', in_s=3),
        frame(world, "garbage", in_s=4),
    )
    page = await logs(world).page(TENANT, CP)
    assert [(f.sent, f.kind, f.action) for f in page.frames] == [
        (False, "unreadable", ""),
        (False, "error", "Reset"),
        (True, "call", "Reset"),
        (True, "answer", "Heartbeat"),
        (False, "call", "Heartbeat"),
    ]
    assert page.actions == ("Heartbeat", "Reset")
    assert page.left_out == 2
    assert page.frames[2].shown == '{\n  "type": "Soft"\n}'
    only = await logs(world).page(TENANT, CP, action="Reset", sent="to")
    assert [f.kind for f in only.frames] == ["call"]


async def test_pages_go_on_to_the_oldest() -> None:
    world = await connected_world()
    for number in range(30):
        await said(world, frame(world, f'[2,"{number}","Heartbeat",{{}}]', in_s=number))
    found, start = [], ""
    for _ in range(5):
        page = await logs(world).page(TENANT, CP, start=start)
        found += [f.message_id for f in page.frames]
        start = page.next_start
        if not start:
            break
    assert found == [str(number) for number in reversed(range(30))]


async def test_a_page_ends_when_it_is_full_and_the_next_goes_on_behind_it() -> None:
    world = await connected_world()
    for number in range(5):
        bundle = (
            frame(world, f'[2,"{number}.{n}","Heartbeat",{{}}]', in_s=100 * number + n)
            for n in range(90)
        )
        await said(world, *bundle)
    first = await logs(world).page(TENANT, CP)
    second = await logs(world).page(TENANT, CP, start=first.next_start)
    assert (len(first.frames), len(second.frames), second.next_start) == (270, 180, "")
    found = [f.message_id for f in (*first.frames, *second.frames)]
    assert len(set(found)) == 450
    assert (found[0], found[-1]) == ("4.89", "0.0")


async def test_the_same_bundle_told_twice_is_kept_once() -> None:
    world = await connected_world()
    for _ in range(2):
        await said(world, frame(world, '[2,"1","Heartbeat",{}]'))
    assert len((await logs(world).page(TENANT, CP)).frames) == 1


async def test_all_of_it_is_json_lines() -> None:
    world = await connected_world()
    await said(world, frame(world, '[2,"1","Heartbeat",{}]'), frame(world, "garbage", in_s=1))
    lines = [json.loads(line) for line in (await logs(world).lines(TENANT, CP)).splitlines()]
    assert lines == [
        {
            "at": world.at().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "direction": "from",
            "action": "Heartbeat",
            "frame": [2, "1", "Heartbeat", {}],
        },
        {
            "at": world.at(1).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "direction": "from",
            "action": "",
            "frame": "garbage",
        },
    ]


async def test_after_a_week_it_is_gone() -> None:
    world = await connected_world()
    await said(world, frame(world, '[2,"1","Heartbeat",{}]'))
    world.clock.pass_s(timedelta(days=7).total_seconds())
    assert (await logs(world).page(TENANT, CP)).frames == ()


async def test_what_is_far_too_large_is_not_kept() -> None:
    world = await connected_world()
    await said(world, *(frame(world, "x" * 8000, in_s=n) for n in range(200)))
    page = await logs(world).page(TENANT, CP)
    assert (page.frames, page.left_out) == ((), 200)


async def test_another_owner_reads_none_of_it() -> None:
    world = await connected_world()
    await said(world, frame(world, '[2,"1","Heartbeat",{}]'))
    assert (await logs(world).page("tenant000002", CP)).frames == ()
