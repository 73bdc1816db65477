"""Who is let in, and what a charge point is owed when it comes."""

import asyncio
from dataclasses import replace

import pytest

from app import operations as op
from app.charging import events as ev
from app.charging.errors import StorageThrottled, StorageUncertain
from app.edge_messages import (
    Booted,
    BusMessage,
    CommandOutcome,
    ConfigurationReport,
    Connected,
    Disconnect,
    Kick,
)
from app.flow import Again
from app.records import keys, rows
from tests.charge_points.world import (
    CP,
    PATH,
    World,
    charging_world,
    connect_request,
    others_first,
    read,
    started,
)
from tests.flow.system import SESSION, TENANT


async def test_the_right_password_lets_in_under_a_growing_epoch() -> None:
    world = await World().furnish()
    first = await world.connect()
    second = await world.connect(connection="socket-2")
    assert (first.tenant, first.charge_point, first.epoch) == (TENANT, CP, 1)
    assert second.epoch == 2
    assert first.heartbeat_interval_s == world.settings.heartbeat_interval_s
    assert await world.chargers.online(TENANT, CP)


@pytest.mark.parametrize(
    "changes",
    [
        {"password_sha256": "0" * 64},
        {"password_sha256": None},
        {"password_sha256": ""},
        {"password_sha256": "ä" * 64},
        {"path": "unknown"},
        {"path": ""},
        {"path": f"{PATH}#x"},
        {"path": "ü" * 512},
    ],
)
async def test_whoever_does_not_know_both_is_refused(changes: dict[str, str]) -> None:
    world = await World().furnish()
    request = connect_request()
    values = {name: getattr(request, name) for name in request.__struct_fields__}
    response = await world.post("connect", type(request)(**{**values, **changes}))
    assert response.status_code == 401
    assert CP not in response.text
    assert (await world.chargers.connection(TENANT, CP)).epoch == 0


async def test_a_suspended_tenants_charge_point_is_refused() -> None:
    world = await World().furnish()
    tenants = rows.tenants(world.tables)
    owner = await tenants.get(TENANT, TENANT)
    await tenants.replace(TENANT, owner, replace(owner, status="suspended"))
    assert (await world.post("connect", connect_request())).status_code == 401


async def test_storage_that_takes_nothing_is_not_a_refusal() -> None:
    world = await World().furnish()

    def throttled(_operations: object) -> None:
        raise StorageThrottled("trouble")

    world.faults.before_write = throttled
    assert (await world.post("connect", connect_request())).status_code == 503


async def test_the_older_connection_is_kicked_wherever_it_is() -> None:
    world = await World().furnish()
    await world.connect()
    await world.connect(instance="edge-2", queue="edge-2", connection="socket-2")
    assert await world.received() == [Kick(TENANT, CP, 2)]
    assert await world.received("edge-2") == []


async def test_of_many_connections_at_once_all_but_the_newest_are_kicked() -> None:
    world = await World().furnish()
    world.faults.before_write = others_first
    asked = [world.connect(instance=f"e{n}", queue=f"e{n}", connection=f"s{n}") for n in range(10)]
    granted = await asyncio.gather(*asked)
    assert sorted(g.epoch for g in granted) == list(range(1, 11))
    for number, grant in enumerate(granted):
        kicks = await world.received(f"e{number}")
        newer = [k for k in kicks if isinstance(k, Kick) and k.epoch > grant.epoch]
        assert bool(newer) == (grant.epoch < 10)


async def test_a_bus_that_fails_keeps_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await World().furnish()
    await world.connect()

    async def lost(queue: str, message: BusMessage) -> None:
        raise OSError("no such queue")

    monkeypatch.setattr(world.bus, "send", lost)
    assert (await world.connect()).epoch == 2


async def test_a_closed_socket_is_offline_but_an_old_one_cannot_say_so() -> None:
    world = await World().furnish()
    await world.connect()
    await world.connect(connection="socket-2")
    assert (await world.post("disconnect", Disconnect(TENANT, CP, 1, "edge-1"))).status_code == 204
    assert await world.chargers.online(TENANT, CP)
    await world.post("disconnect", Disconnect(TENANT, CP, 2, "edge-1"))
    assert not await world.chargers.online(TENANT, CP)
    await world.connect()
    assert await world.received() == [Kick(TENANT, CP, 2)], "nobody is there to be kicked again"


async def test_without_a_fresh_lease_of_its_edge_it_is_offline() -> None:
    world = await World().furnish()
    await world.connect()
    world.clock.pass_s(3601)
    assert not await world.chargers.online(TENANT, CP)
    await world.lease()
    assert await world.chargers.online(TENANT, CP)


async def test_what_is_known_of_the_device_outlives_the_connection() -> None:
    world = await World().furnish()
    await world.connect()
    await world.say(Booted("Maker", "Box", "123", "1.0"))
    await world.connect()
    known = await world.chargers.connection(TENANT, CP)
    assert (known.vendor, known.model, known.serial, known.firmware) == (
        "Maker",
        "Box",
        "123",
        "1.0",
    )


async def test_a_boot_that_is_saved_while_a_newer_socket_opens_is_not_undone() -> None:
    world = await World().furnish()
    await world.connect()
    release = asyncio.Event()
    held: list[bool] = []

    async def hold_the_connect(_operations: object) -> None:
        if not held:
            held.append(True)
            await release.wait()

    world.faults.before_write = hold_the_connect
    connecting = asyncio.create_task(world.connect())
    await asyncio.sleep(0.01)
    assert (await world.say(Booted("Maker", "Box"), epoch=1)).saved
    release.set()
    await connecting
    assert (await world.chargers.connection(TENANT, CP)).vendor == "Maker"


async def test_the_baseline_is_given_until_it_was_reported() -> None:
    world = await World().furnish()
    assert (await world.connect()).configuration == world.settings.baseline
    assert (await world.connect()).configuration == world.settings.baseline
    first, *rest = world.settings.baseline
    await world.say(ConfigurationReport({first.key: "Accepted"}))
    assert (await world.connect()).configuration == tuple(rest)
    await world.say(ConfigurationReport(dict.fromkeys((one.key for one in rest), "failed")))
    assert (await world.connect()).configuration == ()
    known = await world.chargers.connection(TENANT, CP)
    assert known.configured == {first.key: "Accepted"} | {one.key: "failed" for one in rest}


async def test_a_setting_that_was_interrupted_is_told_once_more_and_then_nothing_is() -> None:
    world = await World().furnish()
    await world.connect()
    first, second, *_ = world.settings.baseline
    interrupted = ConfigurationReport({first.key: "Accepted", second.key: "interrupted"})
    await world.say(interrupted)
    assert (await world.connect()).configuration == world.settings.baseline[1:]
    await world.say(interrupted)
    assert (await world.connect()).configuration == ()
    await world.say(interrupted)  # told late, of an older connection
    assert (await world.connect()).configuration == ()
    known = await world.chargers.connection(TENANT, CP)
    assert (known.configured[first.key], known.configured[second.key]) == ("Accepted", "failed")


async def test_a_start_that_was_owed_meanwhile_comes_with_the_answer_as_the_first_attempt() -> None:
    world = await World().furnish()
    await world.pay()
    await world.later(25)  # the sweep found nobody there: that is no attempt
    [command] = (await world.connect()).commands
    assert (command.id, command.attempt) == (f"start.{SESSION}", 1)
    assert (command.operation, command.epoch) == (op.Start(1, SESSION.upper()), 1)
    await world.say(CommandOutcome(command.id, command.attempt, "rejected"))
    assert (await world.stored()).claimable_msat == 5_000_000


async def test_what_another_looks_at_just_now_comes_with_the_answer_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A ring that found nobody there would look again in five minutes."""
    world = await World().furnish()
    await world.commands.give(TENANT, CP, op.ChangeConfiguration("Light", "1"), by="owner")
    [owed] = await world.flow.sessions.owed(TENANT, keys.charge_point_pk(TENANT, CP))
    assert await world.flow.lease(owed)
    waited: list[float] = []

    async def the_other_gives_it_back(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            await world.flow.conclude(owed, Again(300, counted=False))

    monkeypatch.setattr(world.clock, "sleep", the_other_gives_it_back)
    [command] = (await world.connect()).commands
    assert command.operation == op.ChangeConfiguration("Light", "1")
    assert len(waited) == 2


async def test_what_another_keeps_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await World().furnish()
    for number in range(5):
        await world.commands.give(TENANT, CP, op.ChangeConfiguration(f"L{number}", "1"), by="owner")
    for owed in await world.flow.sessions.owed(TENANT, keys.charge_point_pk(TENANT, CP)):
        assert await world.flow.lease(owed)
    waited: list[float] = []

    async def waits(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(world.clock, "sleep", waits)
    assert (await world.connect()).commands == ()
    assert 0 < sum(waited) < 1


async def test_each_answer_carries_an_attempt_of_its_own() -> None:
    world = await World().furnish()
    await world.pay()
    attempts = [(await world.connect()).commands[0].attempt for _ in range(3)]
    assert attempts == [1, 2, 3], "the answer before may have been lost"


async def test_connections_at_once_never_share_an_attempt() -> None:
    world = await World().furnish()
    await world.pay()
    world.faults.before_write = others_first
    granted: list[Connected] = await asyncio.gather(*(world.connect() for _ in range(10)))
    attempts = [command.attempt for grant in granted for command in grant.commands]
    assert attempts
    assert len(set(attempts)) == len(attempts)


async def test_a_command_in_the_answer_is_not_rung_at_the_same_time() -> None:
    world = await World().furnish()
    await world.pay()
    await world.connect()
    await world.later(30)
    assert await world.commanded() == []
    await world.later(16)
    assert [c.attempt for c in await world.commanded()] == [2]


async def test_an_expired_start_is_not_given_out() -> None:
    world = await World().furnish()
    await world.pay()
    world.clock.pass_s(181)
    assert (await world.connect()).commands == ()


async def test_a_command_is_given_out_even_if_its_claim_cannot_be_handed_back() -> None:
    world = await World().furnish()
    await world.pay()
    writes: list[int] = []

    def third(_operations: object) -> None:
        writes.append(1)
        if len(writes) == 3:
            raise StorageUncertain("no answer")

    world.faults.before_write = third
    assert [c.attempt for c in (await world.connect()).commands] == [1]


async def test_running_transactions_get_their_deadlines_again() -> None:
    world, transaction = await charging_world()
    [deadline] = (await world.connect()).deadlines
    assert (deadline.transaction_id, deadline.connector) == (transaction, 1)
    assert deadline.stop_at_wh == 11_000
    assert deadline.stop_at == (await world.stored()).stop_at
    world.clock.pass_s(60)
    await world.say(read(transaction, world.at(), 2000))
    [deadline] = (await world.connect()).deadlines
    assert deadline.stop_at == (await world.stored()).stop_at


async def test_a_stop_that_is_owed_comes_with_the_answer() -> None:
    world, transaction = await charging_world()
    await world.post("disconnect", Disconnect(TENANT, CP, world.epoch, "edge-1"))
    asked = ev.StopRequested(world.at(), "payer")
    await world.flow.record(TENANT, SESSION, [asked])
    await world.received()
    granted = await world.connect()
    [stop] = [c for c in granted.commands if isinstance(c.operation, op.Stop)]
    assert (stop.operation, stop.attempt, stop.expires_at) == (op.Stop(transaction), 1, None)
    [deadline] = granted.deadlines
    assert deadline.transaction_id == transaction


async def test_another_tenants_charge_point_of_the_same_id_is_another() -> None:
    world = await World().furnish()
    await world.furnish("tenant000002", "box2")
    await world.connect()
    await world.pay()
    other = await world.connect(path="box2", queue="edge-2", instance="edge-2")
    assert (other.tenant, other.epoch, other.commands) == ("tenant000002", 1, ())
    await world.say(started(world.at()), epoch=1)
    assert (await world.connect(path="box2")).deadlines == ()
