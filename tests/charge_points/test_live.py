"""Live pages: who may watch, who hears, and a budget that grows while energy flows."""

import pytest

from app.charging import events as ev
from app.edge_messages import (
    BusMessage,
    ChargerMessage,
    DeadlineMoved,
    MessageBatch,
    MessageResults,
    ReadingsWanted,
    SessionNotice,
    Watch,
    Watching,
)
from app.records import keys
from tests.charge_points.world import CP, QUEUE, World, charging_world, paid_world, read
from tests.flow.system import SESSION, TENANT


def watch(world: World, instance: str = "edge-1", queue: str = QUEUE) -> Watch:
    return Watch(instance, queue, world.token())


def watchers(world: World) -> list[str]:
    return [sk for row in world.tables.rows() if (sk := str(row["sk"])).startswith(keys.WATCH)]


async def notices(world: World, queue: str = QUEUE) -> list[SessionNotice]:
    return [m for m in await world.received(queue) if isinstance(m, SessionNotice)]


async def top_up(world: World) -> None:
    more = ev.PaymentSettled(world.at(), "bb" * 32, 1_000_000)
    await world.flow.record(TENANT, SESSION, [more])


async def test_the_token_opens_the_view_as_it_is() -> None:
    world, _ = await charging_world()
    watching = await world.ask("watch", watch(world), Watching)
    assert (watching.tenant, watching.session) == (TENANT, SESSION)
    assert watching.view == {"energy_wh": 0, "phase": "charging"}
    stored = await world.flow.sessions.find(TENANT, SESSION)
    assert stored is not None
    assert watching.sequence == stored.version


@pytest.mark.parametrize("token", ["", ".", "a.b.c", f"{TENANT}.{SESSION}.x", "ü.ö.ä"])
async def test_no_other_token_opens_anything(token: str) -> None:
    world, _ = await charging_world()
    response = await world.post("watch", Watch("edge-1", QUEUE, token))
    assert response.status_code == 404
    assert watchers(world) == []


async def test_before_the_payment_there_is_nothing_to_watch() -> None:
    world = await World().furnish()
    assert (await world.post("watch", watch(world))).status_code == 404


async def test_each_instance_that_watches_hears_of_every_change() -> None:
    world, transaction = await charging_world()
    await world.received()
    await world.ask("watch", watch(world), Watching)
    await world.ask("watch", watch(world), Watching)
    second = await world.ask("watch", watch(world, "edge-2", "edge-2"), Watching)
    world.clock.pass_s(60)
    await world.say(read(transaction, world.at(), 2000))
    for queue in (QUEUE, "edge-2"):
        [notice] = await notices(world, queue)
        assert notice.view == {"energy_wh": 1000, "phase": "charging"}
        assert notice.sequence > second.sequence


async def test_notices_for_the_instance_that_speaks_ride_on_its_answer() -> None:
    world, transaction = await charging_world()
    for instance in ("edge-1", "edge-2"):
        await world.ask("watch", watch(world, instance, instance), Watching)
    await world.received()
    world.clock.pass_s(60)
    said = ChargerMessage(TENANT, CP, world.epoch, read(transaction, world.at(), 2000))
    answer = await world.ask("messages", MessageBatch("edge-1", (said,)), MessageResults)
    [rides] = answer.notices
    assert rides.view == {"energy_wh": 1000, "phase": "charging"}
    assert await world.received() == []
    assert await world.received("edge-2") == [rides]


async def test_who_begins_to_watch_need_not_wait_for_the_next_bundle() -> None:
    world, _ = await charging_world()
    await world.received()
    wanted = ReadingsWanted(TENANT, CP, world.epoch)
    await world.ask("watch", watch(world, "edge-2", "edge-2"), Watching)
    assert await world.received() == [wanted]
    world.clock.pass_s(60)
    await world.ask("watch", watch(world, "edge-2", "edge-2"), Watching)
    assert await world.received() == [], "they come often already"
    world.clock.pass_s(600)
    await world.ask("watch", watch(world, "edge-2", "edge-2"), Watching)
    assert await world.received() == [wanted]


async def test_before_energy_flows_no_readings_are_wanted() -> None:
    world = await paid_world()
    await world.received()
    await world.ask("watch", watch(world), Watching)
    assert await world.received() == []


async def test_nobody_who_does_not_watch_hears_anything() -> None:
    world, transaction = await charging_world()
    await world.received()
    world.clock.pass_s(60)
    await world.say(read(transaction, world.at(), 2000))
    assert await world.received() == []


async def test_a_watch_that_is_not_renewed_ends_and_expires() -> None:
    world, transaction = await charging_world()
    await world.received()
    await world.ask("watch", watch(world), Watching)
    await world.ask("watch", watch(world, "edge-2", "edge-2"), Watching)
    world.clock.pass_s(179)
    await world.ask("watch", watch(world), Watching)
    world.clock.pass_s(3)
    await world.say(read(transaction, world.at(), 2000))
    assert len(await notices(world)) == 1
    assert await world.received("edge-2") == []
    rows = [row for row in world.tables.rows() if str(row["sk"]).startswith(keys.WATCH)]
    now_s = int(world.clock.now().timestamp())
    assert [int(str(row["expires_at"])) > now_s for row in rows] == [True, False]


async def test_an_instance_that_is_gone_hides_nothing_from_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, transaction = await charging_world()
    await world.ask("watch", watch(world, "edge-0", "gone"), Watching)
    await world.ask("watch", watch(world, "edge-2", "edge-2"), Watching)
    send = world.bus.send

    async def sometimes(queue: str, message: BusMessage) -> None:
        if queue == "gone":
            raise OSError("no such queue")
        await send(queue, message)

    monkeypatch.setattr(world.bus, "send", sometimes)
    world.clock.pass_s(60)
    assert (await world.say(read(transaction, world.at(), 2000))).saved
    assert len(await world.received("edge-2")) == 1


async def test_while_somebody_watches_readings_are_wanted_often() -> None:
    world, transaction = await charging_world()
    wanted = []
    for watches in (False, True, True, False):
        if watches:
            await world.ask("watch", watch(world), Watching)
        world.clock.pass_s(190 if not watches else 60)
        result = await world.say(read(transaction, world.at(), 2000))
        wanted.append(result.next_readings_in_s)
    quiet, often = world.settings.quiet_readings_s, world.settings.watched_readings_s
    assert wanted == [quiet, often, often, quiet]


async def test_also_a_process_that_did_not_let_the_watcher_in_wants_them_often() -> None:
    world, transaction = await charging_world()
    await world.ask("watch", watch(world), Watching)
    world.restart()
    world.clock.pass_s(60)
    result = await world.say(read(transaction, world.at(), 2000))
    assert result.next_readings_in_s == world.settings.watched_readings_s


async def test_a_top_up_moves_the_deadline_at_once() -> None:
    world, transaction = await charging_world()
    await world.received()
    await top_up(world)
    [moved] = await world.received()
    assert isinstance(moved, DeadlineMoved)
    assert (moved.tenant, moved.charge_point, moved.epoch) == (TENANT, CP, world.epoch)
    assert moved.deadline.transaction_id == transaction
    assert moved.deadline.stop_at_wh == 13_000
    world.clock.pass_s(60)
    [deadline] = (await world.say(read(transaction, world.at(), 2000))).deadlines
    assert deadline.stop_at_wh == 13_000


async def test_before_the_start_a_top_up_moves_nothing() -> None:
    world = await World().furnish()
    await world.connect()
    await world.pay()
    await world.received()
    await top_up(world)
    assert await world.received() == []
