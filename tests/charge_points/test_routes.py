"""The internal surface as HTTP: every type there and back, one bad message hurts no other."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from app.charging.errors import StorageConflict, StorageError, StorageThrottled, StorageUncertain
from app.charging.ports import Operation
from app.edge_messages import (
    Authorize,
    Booted,
    ChargerMessage,
    CommandOutcome,
    ConfigurationReport,
    ConnectorStatus,
    Disconnect,
    FramesLogged,
    LastSeen,
    Lease,
    LoggedFrame,
    MessageBatch,
    MessageResults,
    Observed,
    Reading,
    Readings,
    ReservationEnded,
    Said,
    SecurityEvent,
    SigningRequest,
    TransactionStarted,
    TransactionStopped,
    UpstreamAsks,
    UpstreamState,
    UpstreamTold,
    VendorData,
    WorkStatus,
)
from tests.charge_points.world import CP, World, charging_world, read, started, stopped
from tests.charging.sessions import NOON
from tests.flow.system import SESSION, TENANT

EVERYTHING: list[Said] = [
    Booted("Maker", "Box", "123", "1.0"),
    ConnectorStatus(1, "Available", "NoError", NOON, "info", "E7"),
    Readings(1, 7, (Reading(NOON, 1, 2, 3, 4, 5), Reading(NOON))),
    Readings(0, None, ()),
    Authorize("04A1B2C3"),
    TransactionStarted(1, "04A1B2C3", 1000, NOON, 5, "2026-06-01T12:00:00Z"),
    TransactionStopped(7, 2000, NOON, "EVDisconnected", "04A1B2C3", (Reading(NOON, 1),)),
    CommandOutcome("owner.x", 1, "unknown", "gone", {"key": "value"}),
    ConfigurationReport({"ConnectionTimeOut": "Accepted"}),
    WorkStatus("firmware", "Downloading", NOON, 7),
    SecurityEvent("TamperDetectionActivated", NOON, "lid"),
    SigningRequest("-----BEGIN CERTIFICATE REQUEST-----"),
    VendorData("vendor", NOON, "message", "data"),
    ReservationEnded(3, "Expired"),
    Observed(NOON, 10, oddities={"meter:no_measurand": 1}),
    FramesLogged((LoggedFrame(NOON, False, "[2,1]"),), 3),
    LastSeen(NOON),
    UpstreamAsks("Reset", number=1),
    UpstreamTold(7, 4711),
    UpstreamState(NOON, True, queued=2),
]


def message(said: Said, tenant: str = TENANT, epoch: int = 1) -> ChargerMessage:
    return ChargerMessage(tenant, CP, epoch, said)


def test_this_is_everything_a_charge_point_can_say() -> None:
    assert {type(said) for said in EVERYTHING} == set(Said.__args__)


@pytest.mark.parametrize("said", EVERYTHING, ids=lambda said: type(said).__name__)
async def test_everything_comes_through_as_it_was_said(
    said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await World().furnish()
    await world.connect()
    heard: list[ChargerMessage] = []
    take = type(world.internal.messages).take

    async def listening(self: object, told: ChargerMessage) -> object:
        heard.append(told)
        return await take(world.internal.messages, told)

    monkeypatch.setattr(type(world.internal.messages), "take", listening)
    result = await world.say(said)
    assert result.saved
    assert heard == [message(said)]


async def test_a_batch_is_answered_in_its_order() -> None:
    world = await World().furnish()
    await world.connect()
    assert await world.say_all() == ()
    results = await world.say_all(*map(message, EVERYTHING))
    assert len(results) == len(EVERYTHING)
    assert [r.transaction_id is not None for r in results].index(True) == 5


async def test_one_tenants_throttling_hurts_nobody_else() -> None:
    world = await World().furnish()
    await world.furnish("tenant000002", "box2")
    await world.connect()
    await world.connect(path="box2")

    def throttle(operations: Sequence[Operation]) -> None:
        if operations[0].key.pk.startswith(f"T#{TENANT}#"):
            raise StorageThrottled("trouble")

    world.faults.before_write = throttle
    boot = Booted("Maker", "Box")
    first, second = await world.say_all(message(boot), message(boot, "tenant000002"))
    assert (first.saved, second.saved) == (False, True)


@pytest.mark.parametrize("tenant", ["", "T#x", "unknown"])
async def test_a_message_that_makes_no_sense_hurts_no_other(tenant: str) -> None:
    world = await World().furnish()
    await world.connect()
    boot = Booted("Maker", "Box")
    huge = ConfigurationReport({"k": "v" * 500_000})
    bad, large, good = await world.say_all(message(boot, tenant), message(huge), message(boot))
    assert (bad.saved, large.saved, good.saved) == (False, False, True)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"instance":"e","messages":[{"said":{"type":"x"}}]}']
)
@pytest.mark.parametrize("path", ["connect", "messages", "disconnect", "lease", "watch"])
async def test_what_is_not_understood_is_a_bad_request(path: str, content: bytes) -> None:
    world = World()
    response = await world.http.post(f"/internal/{path}", content=content)
    assert response.status_code == 400
    assert (await world.http.get(f"/internal/{path}")).status_code == 405


@pytest.mark.parametrize("error", [StorageConflict, StorageThrottled, StorageUncertain])
async def test_storage_that_fails_is_no_refusal(error: type[StorageError]) -> None:
    world = await World().furnish()
    await world.connect()

    def trouble(_operations: object) -> None:
        raise error("trouble")

    world.faults.before_write = trouble
    lease = await world.post("lease", Lease("edge-1", "edge-1", 60))
    gone = await world.post("disconnect", Disconnect(TENANT, CP, 1, "edge-1"))
    assert (lease.status_code, gone.status_code) == (503, 503)


@pytest.mark.parametrize("said", EVERYTHING[:1] + EVERYTHING[4:6], ids=lambda s: type(s).__name__)
async def test_a_table_that_cannot_be_read_saves_nothing(said: Said) -> None:
    world = await World().furnish()
    await world.connect()

    def unreadable(*_operations: object) -> None:
        raise StorageThrottled("trouble")

    world.faults.before_read = unreadable
    world.faults.before_write = unreadable
    tag = msgspec.structs.replace(said, id_tag=SESSION) if isinstance(said, Authorize) else said
    assert not (await world.say(tag)).saved


async def test_a_caller_who_stops_waiting_cuts_no_save_in_two() -> None:
    """A stop is two writes: the readings that the session has kept, then its own."""
    world, transaction = await charging_world()
    world.clock.pass_s(60)
    await world.say(read(transaction, world.at(), 2000))
    reached, release = asyncio.Event(), asyncio.Event()

    async def hold(_operations: object) -> None:
        reached.set()
        await release.wait()

    world.faults.before_write = hold
    calling = asyncio.create_task(world.say(stopped(transaction, world.at(), 3000)))
    await reached.wait()
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert len(world.internal.under_way) == 1
    release.set()
    await asyncio.gather(*world.internal.under_way)
    session = await world.stored()
    assert session.energy_wh == 2000
    assert len(await world.flow.sessions.readings(TENANT, session)) == 3, "the start, one, the end"
    assert not world.internal.under_way


async def test_the_answer_is_json_without_surprises() -> None:
    world, transaction = await charging_world()
    world.clock.pass_s(60)
    batch = MessageBatch("edge-1", (message(read(transaction, world.at(), 2000)),))
    response = await world.post("messages", batch)
    assert response.headers["content-type"].startswith("application/json")
    decoded = msgspec.json.decode(response.content, type=MessageResults)
    [deadline] = decoded.results[0].deadlines
    assert deadline.stop_at is not None
    assert deadline.stop_at.tzinfo is not None
    assert (await world.say(started(world.at(), "X"))).saved


async def test_the_edge_learns_under_which_roots_charge_points_certificates_stand() -> None:
    world = World()
    response = await world.http.post("/internal/trust", json={})
    assert response.json() == {"roots_pem": await world.authorities.roots_pem()}
