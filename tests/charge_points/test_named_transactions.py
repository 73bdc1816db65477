"""Transactions that the charge point names itself (OCPP 2.0.1): one row, in whatever order told."""

from itertools import permutations

import msgspec
import pytest

from app.charge_points.id_tags import IdTags
from app.charging.session import End, Phase
from app.edge_messages import (
    UNKNOWN_REGISTER_WH,
    ConfigurationReport,
    Reading,
    Said,
    SignedReading,
    TransactionStarted,
    TransactionStopped,
)
from app.operations import Stop
from app.records.charge_points import StoredTransaction
from app.records.drafts import IdTagDraft
from app.records.signed_readings import SignedReadings
from tests.charge_points.world import CP, World, connected_world, paid_world, read, started
from tests.flow.system import SESSION, TENANT

NUMBER, NAME = 2**52 + 17, "tx-4711"


def begun(world: World, meter_wh: int = 1000) -> TransactionStarted:
    return started(world.at(), transaction_id=NUMBER, reference=NAME, meter_wh=meter_wh)


def over(world: World, seconds: float = 600, meter_wh: int = 3000) -> TransactionStopped:
    at = world.at(seconds)
    return TransactionStopped(NUMBER, meter_wh, at, "EVDisconnected", reference=NAME)


async def kept(world: World) -> StoredTransaction:
    found = await world.chargers.transaction(TENANT, CP, NUMBER)
    assert found is not None
    return found


async def test_its_number_is_taken_and_its_name_kept() -> None:
    world = await paid_world()
    result = await world.say(begun(world))
    assert (result.accepted, result.transaction_id) == (True, NUMBER)
    assert ((await kept(world)).reference, (await world.stored()).transaction_id) == (NAME, NUMBER)


async def test_the_first_start_that_was_told_counts() -> None:
    world = await paid_world()
    said = begun(world)
    await world.say(said)
    world.clock.pass_s(60)
    later = msgspec.structs.replace(said, at=world.at(), timestamp="other", meter_wh=2000)
    assert (await world.say(later)).accepted
    assert world.transactions() == [NUMBER]
    assert (await kept(world)).meter_start_wh == 1000


async def test_an_end_that_is_told_before_its_start_ends_the_charge_all_the_same() -> None:
    world = await paid_world()
    start = begun(world)
    world.clock.pass_s(700)
    assert (await world.say(over(world, -100))).saved
    assert (await world.stored()).phase is Phase.STARTING
    result = await world.say(start)
    assert (result.saved, result.deadlines) == (True, ())
    session = await world.stored()
    assert (session.phase, session.end, session.energy_wh) == (Phase.ENDED, End.CHARGED, 2000)
    assert world.claims() == []
    await world.require_books()


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_whatever_the_order_the_session_is_the_same(order: tuple[int, ...]) -> None:
    world = await paid_world()
    start = begun(world)
    world.clock.pass_s(700)
    told: list[Said] = [
        start,
        read(NUMBER, world.at(-400), 1500),
        read(NUMBER, world.at(-200), 2500),
        over(world, -100),
    ]
    for position in (*order, *order):  # and all of it twice
        assert (await world.say(told[position])).saved
    session = await world.stored()
    assert (session.end, session.energy_wh, session.running) == (End.CHARGED, 2000, False)
    assert session.balances.charged == 1_000_000
    await world.require_books()


async def test_an_end_of_a_strangers_transaction_keeps_it_from_being_stopped_later() -> None:
    world = await connected_world()
    await world.say(over(world))
    result = await world.say(started(world.at(), "nobody", transaction_id=NUMBER, reference=NAME))
    assert (result.saved, result.accepted) == (True, False)
    assert await world.commanded() == []


async def test_an_end_by_a_name_ends_no_other_transaction_whatever_idtag_it_has() -> None:
    world = await paid_world()
    await world.say(begun(world))
    other = TransactionStopped(5, 9000, world.at(60), id_tag=SESSION, reference="other")
    assert (await world.say(other)).saved
    assert (await world.stored()).phase is Phase.CHARGING


async def test_a_start_without_a_register_begins_where_the_first_one_shows() -> None:
    world = await paid_world()
    await world.say(begun(world, UNKNOWN_REGISTER_WH))
    assert (await world.stored()).energy_wh == 0
    world.clock.pass_s(60)
    await world.say(read(NUMBER, world.at(), 1_234_000))
    world.clock.pass_s(60)
    result = await world.say(read(NUMBER, world.at(), 1_235_000))
    assert (await world.stored()).energy_wh == 1000
    [deadline] = result.deadlines
    assert deadline.stop_at_wh is not None
    assert 1_234_000 < deadline.stop_at_wh < 1_300_000


async def test_an_end_that_brings_both_registers_is_enough() -> None:
    world = await paid_world()
    await world.say(begun(world, UNKNOWN_REGISTER_WH))
    end = msgspec.structs.replace(
        over(world, 600, 1_236_500),
        readings=(Reading(world.at(1), 1_234_000), Reading(world.at(600), 1_236_500)),
    )
    world.clock.pass_s(700)
    await world.say(end)
    assert (await world.stored()).energy_wh == 2500


async def test_a_stop_and_a_deadline_say_the_name() -> None:
    world = await paid_world()
    await world.say(begun(world))
    granted = await world.connect(protocol="ocpp2.0.1", connection="socket-2")
    assert [d.reference for d in granted.deadlines] == [NAME]
    await world.say(started(world.at(), "nobody", transaction_id=9, reference="theirs"))
    await world.later(world.settings.stranger_stop_s + 1)
    told = [command.operation for command in await world.commanded()]
    assert [operation for operation in told if isinstance(operation, Stop)] == [Stop(9, "theirs")]


async def test_the_baseline_is_in_the_names_of_the_protocol_and_set_again_in_the_others() -> None:
    world = await World().furnish()
    assert (await world.connect()).configuration == world.settings.baseline
    await world.say(ConfigurationReport({s.key: "Accepted" for s in world.settings.baseline}))
    assert (await world.connect()).configuration == ()
    granted = await world.connect(protocol="ocpp2.0.1")
    assert granted.configuration == world.settings.baseline_of_201
    await world.say(ConfigurationReport({s.key: "Accepted" for s in granted.configuration}))
    assert (await world.connect(protocol="ocpp2.0.1")).configuration == ()


OTHER = "othersession1234"


async def another_pays(world: World, connector: int) -> None:
    await world.pay(OTHER, "bb" * 32, connector)


def theirs(world: World, connector: int, seconds: float = 0) -> TransactionStarted:
    return started(
        world.at(seconds),
        OTHER.upper(),
        connector=connector,
        transaction_id=NUMBER,
        reference=NAME,
        meter_wh=50_000,
    )


async def test_a_name_that_comes_again_for_somebody_else_is_another_transaction() -> None:
    """ocppsim: counts from one again after a restart."""
    world = await paid_world()
    said = begun(world)
    await world.say(said)
    world.clock.pass_s(600)
    await world.say(over(world, 0))
    world.clock.pass_s(100)
    await another_pays(world, connector=1)
    new = theirs(world, 1)
    assert (await world.say(new)).accepted
    assert await world.chargers.session_of(TENANT, CP, NUMBER) == OTHER
    await world.say(said)
    assert await world.chargers.session_of(TENANT, CP, NUMBER) == OTHER, "the old is told late"
    world.clock.pass_s(60)
    assert (await world.say(theirs(world, 1))).accepted, "the first told counts"
    await world.say(read(NUMBER, world.at(), 51_000))
    first, second = await world.stored(), await world.stored(OTHER)
    assert (first.energy_wh, first.running) == (2000, False)
    assert (second.energy_wh, second.running) == (1000, True)


async def test_a_name_is_not_taken_from_who_still_charges_elsewhere() -> None:
    world = await paid_world()
    await world.say(begun(world))
    await another_pays(world, connector=2)
    world.clock.pass_s(60)
    refused = await world.say(theirs(world, 2))
    assert (refused.saved, refused.accepted) == (True, False)
    assert await world.chargers.session_of(TENANT, CP, NUMBER) == SESSION
    world.clock.pass_s(60)
    await world.say(read(NUMBER, world.at(), 2000))
    first, second = await world.stored(), await world.stored(OTHER)
    assert (first.energy_wh, first.running) == (1000, True)
    assert (second.energy_wh, second.phase) == (0, Phase.STARTING)
    await world.later(world.settings.stranger_stop_s + 1)
    stops = [c for c in await world.commanded() if isinstance(c.operation, Stop)]
    assert not stops, "by that name the first would be stopped"


async def test_a_lost_end_is_over_when_a_card_begins_there_under_its_name() -> None:
    world = await paid_world()
    tags = IdTags(world.tables, world.clock, world.commands)
    await tags.add(TENANT, IdTagDraft("04A1B2C3D4", "Anna"))
    await world.say(begun(world))
    world.clock.pass_s(60)
    await world.say(read(NUMBER, world.at(), 2000))
    world.clock.pass_s(60)
    said = started(world.at(), "04A1B2C3D4", transaction_id=NUMBER, reference=NAME)
    assert (await world.say(said)).accepted
    first = await world.stored()
    assert (first.energy_wh, first.running, first.end) == (1000, False, End.SILENT)
    second = await world.stored((await kept(world)).session_id)
    assert (second.running, second.id != SESSION) == (True, True)


async def test_what_an_end_brought_signed_is_kept_when_its_start_comes_later() -> None:
    world = await paid_world()
    start = begun(world)
    world.clock.pass_s(700)
    signed = SignedReading(world.at(-100), "OCMF|{}|{}", "Transaction.End", "OCMF", "key")
    await world.say(msgspec.structs.replace(over(world, -100), signed=(signed,)))
    for _ in range(2):
        await world.say(start)
    [value] = await SignedReadings(world.tables).of(TENANT, SESSION)
    assert (value.data, value.context, value.public_key) == (signed.data, signed.context, "key")


async def test_the_same_card_charges_again_under_a_name_that_was_used_before() -> None:
    world = await connected_world()
    tags = IdTags(world.tables, world.clock, world.commands)
    await tags.add(TENANT, IdTagDraft("04A1B2C3D4", "Anna"))

    async def begins() -> TransactionStarted:
        said = started(world.at(), "04A1B2C3D4", transaction_id=NUMBER, reference=NAME)
        assert (await world.say(said)).accepted
        assert (await world.say(said)).accepted, "told twice it is the same"
        return said

    first = await begins()
    one = (await kept(world)).session_id
    world.clock.pass_s(600)
    await world.say(over(world, 0))
    world.clock.pass_s(600)
    assert not (await world.say(first)).accepted, "a replay begins nothing"
    assert (await kept(world)).session_id == one
    await begins()
    two = (await kept(world)).session_id
    world.clock.pass_s(60)
    await world.say(read(NUMBER, world.at(), 1700))
    sessions = [await world.stored(session_id) for session_id in (one, two)]
    assert [(s.energy_wh, s.running) for s in sessions] == [(2000, False), (700, True)]
