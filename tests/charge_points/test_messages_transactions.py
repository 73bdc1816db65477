"""Authorize, StartTransaction, StopTransaction: kept before they are answered, once."""

import asyncio

import msgspec
import pytest

from app import operations as op
from app.charging import events as ev
from app.charging.session import End, Phase
from app.edge_messages import Authorize, ChargerMessage, Readings, SignedReading
from app.records import live
from app.records.charge_points import StoredTransaction
from app.records.live import dedup_key
from app.records.signed_readings import SignedReadings
from tests.charge_points.world import (
    CP,
    charging_world,
    connected_world,
    others_first,
    paid_world,
    read,
    started,
    stopped,
)
from tests.flow.system import SESSION, TENANT

OTHER = "zzzzzzzz23456789"


# --- Authorize ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "id_tag", [SESSION.upper(), SESSION, f"{SESSION.upper()}00", f" {SESSION.title()} "]
)
async def test_the_idtag_of_a_session_may_charge_however_it_is_written(id_tag: str) -> None:
    world = await paid_world()
    assert (await world.say(Authorize(id_tag))).accepted


@pytest.mark.parametrize(
    "id_tag", ["", "04A1B2C3", SESSION[:-1], f"#{SESSION}", "ß" * 16, "🔌" * 20, "a" * 500]
)
async def test_any_other_idtag_may_not(id_tag: str) -> None:
    world = await paid_world()
    result = await world.say(Authorize(id_tag))
    assert (result.saved, result.accepted) == (True, False)


async def test_an_idtag_may_not_charge_after_its_session_nor_at_another_charge_point() -> None:
    world = await paid_world()
    elsewhere = ChargerMessage(TENANT, "CP2", 1, Authorize(SESSION.upper()))
    [result] = await world.say_all(elsewhere)
    assert not result.accepted
    await world.flow.record(TENANT, SESSION, [ev.StopRequested(world.at(), "payer")])
    assert not (await world.say(Authorize(SESSION.upper()))).accepted


# --- StartTransaction -----------------------------------------------------------------------


async def test_a_start_is_accepted_with_its_deadline() -> None:
    world = await paid_world()
    result = await world.say(started(world.at()))
    assert result.accepted
    assert result.transaction_id is not None
    assert 0 < result.transaction_id < 2**31
    [deadline] = result.deadlines
    assert (deadline.transaction_id, deadline.stop_at_wh) == (result.transaction_id, 11_000)
    assert result.next_readings_in_s == world.settings.quiet_readings_s
    assert (await world.stored()).phase is Phase.CHARGING


async def test_a_replay_is_the_same_transaction_also_after_a_restart() -> None:
    world = await paid_world()
    first = await world.say(started(world.at()))
    said = started(world.at())
    world.clock.pass_s(600)
    again = await world.say(msgspec.structs.replace(said, at=world.at()))
    world.restart()
    lower = await world.say(msgspec.structs.replace(said, id_tag=f" {said.id_tag.lower()}"))
    ids = {r.transaction_id for r in (first, again, lower)}
    assert ids == {first.transaction_id}
    assert world.transactions() == [first.transaction_id]
    assert (await world.stored()).phase is Phase.CHARGING


async def test_fifty_replays_at_once_are_one_transaction() -> None:
    world = await paid_world()
    said = started(world.at())
    world.faults.before_write = others_first
    results = await asyncio.gather(*(world.say(said) for _ in range(50)))
    assert all(r.saved and r.accepted for r in results)
    assert {r.transaction_id for r in results} == set(world.transactions())
    assert len(world.transactions()) == 1


async def test_an_id_that_is_taken_is_not_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await paid_world()
    monkeypatch.setattr(live, "transaction_id", lambda _cp, _dedup, taken: 7 + taken)

    def made(transaction_id: int) -> StoredTransaction:
        return StoredTransaction(transaction_id, "", 1, "X", world.at(), 0)

    given = [
        (await world.chargers.keep_transaction(TENANT, CP, dedup, made)).transaction_id
        for dedup in ("one", "two", "one", "two")
    ]
    assert given == [7, 8, 7, 8]


def test_ids_fit_every_charge_point_and_are_spread() -> None:
    ids = {live.transaction_id(CP, "one", taken) for taken in range(1000)}
    assert len(ids) == 1000
    assert all(0 < each < 2**31 for each in ids)
    assert live.transaction_id(CP, "one", 0) != live.transaction_id("CP2", "one", 0)


def test_no_idtag_is_too_long_to_be_kept() -> None:
    assert len(dedup_key(1, "X" * 100_000, "Y" * 100_000, 10**15)) < 1000


async def test_a_stranger_is_answered_invalid_and_stopped_until_it_stops() -> None:
    world = await connected_world()
    result = await world.say(started(world.at(), "04A1B2C3"))
    assert (result.saved, result.accepted, result.deadlines) == (True, False, ())
    assert result.transaction_id
    world.restart()
    await world.later(4)
    for attempt in (1, 2, 3):
        [stop] = await world.commanded()
        assert stop.operation == op.Stop(result.transaction_id)
        assert stop.attempt == attempt
        await world.later(46)
    await world.received()
    assert (await world.say(stopped(result.transaction_id, world.at(), 1100))).saved
    await world.later(46)
    await world.later(46)
    assert await world.commanded() == []
    assert [r for r in world.tables.rows() if str(r["sk"]).startswith("E#stop")] == []


async def test_a_strangers_replay_leaves_its_stop_alone() -> None:
    world = await connected_world()
    said = started(world.at(), "04A1B2C3")
    first = await world.say(said)
    await world.later(4)
    assert [c.attempt for c in await world.commanded()] == [1]
    again = await world.say(said)
    assert (again.transaction_id, again.accepted) == (first.transaction_id, False)
    await world.later(46)
    assert [c.attempt for c in await world.commanded()] == [2]
    await world.say(stopped(first.transaction_id or 0, world.at(), 1000))
    await world.later(46)
    await world.say(said)
    assert [r for r in world.tables.rows() if str(r["sk"]).startswith("E#stop")] == []
    await world.later(100)
    assert await world.commanded() == []


async def test_a_stop_that_is_never_seen_is_rung_ever_more_rarely() -> None:
    world = await connected_world()
    await world.say(started(world.at(), "04A1B2C3"))
    for _ in range(24 * 60):
        await world.later(60)
        await world.lease()
    assert 20 < len(await world.commanded()) < 60


async def test_a_start_at_the_wrong_connector_is_not_the_payers() -> None:
    world = await paid_world()
    result = await world.say(started(world.at(), connector=2))
    assert (result.saved, result.accepted) == (True, False)
    assert (await world.stored()).phase is Phase.STARTING
    await world.later(4)
    assert op.Stop in {type(c.operation) for c in await world.commanded()}
    right = await world.say(started(world.at()))
    assert right.accepted


async def test_a_second_transaction_of_one_session_is_stopped() -> None:
    world, transaction = await charging_world()
    await world.received()
    second = await world.say(started(world.at(30), meter_wh=1500))
    assert not second.accepted
    assert second.transaction_id != transaction
    await world.later(4)
    [stop] = await world.commanded()
    assert stop.operation == op.Stop(second.transaction_id or 0)
    await world.say(read(second.transaction_id, world.at(), 9000))
    await world.say(stopped(second.transaction_id or 0, world.at(), 9000))
    session = await world.stored()
    assert (session.phase, session.energy_wh) == (Phase.CHARGING, 0)


async def test_a_late_start_takes_back_a_refund_nobody_claimed() -> None:
    world = await paid_world()
    await world.later(181)
    assert (await world.stored()).end is End.START_TIMED_OUT
    result = await world.say(started(world.at()))
    assert result.accepted
    assert len(result.deadlines) == 1
    assert len(world.claims()) == 1
    await world.say(stopped(result.transaction_id or 0, world.at(60), 3000))
    session = await world.stored()
    assert (session.end, session.claimable_msat) == (End.CHARGED, 4_000_000)
    await world.require_books()


async def test_a_late_start_after_a_claimed_refund_is_stopped_and_its_energy_absorbed() -> None:
    world = await paid_world()
    await world.later(181)
    claimed = ev.RefundClaimed(world.at(), "cc" * 32, "lnbc", 5_000_000)
    await world.flow.record(TENANT, SESSION, [claimed])
    await world.received()
    result = await world.say(started(world.at()))
    assert (result.saved, result.accepted, result.deadlines) == (True, False, ())
    [stop] = await world.commanded()
    transaction = result.transaction_id or 0
    assert stop.operation == op.Stop(transaction)
    assert (await world.say(stopped(transaction, world.at(30), 1400))).saved
    session = await world.stored()
    assert session.balances.absorbed == 200_000
    assert session.balances.refund_in_flight == 5_000_000
    await world.require_books()
    await world.later(600)
    assert await world.commanded() == []


async def test_a_late_start_while_the_next_payer_has_the_connector_is_stopped() -> None:
    world = await paid_world()
    await world.later(181)
    await world.pay(OTHER, "bb" * 32)
    await world.received()
    result = await world.say(started(world.at()))
    assert not result.accepted
    assert [type(c.operation) for c in await world.commanded()] == [op.Stop]
    assert (await world.stored()).claimable_msat == 5_000_000
    assert (await world.stored(OTHER)).phase is Phase.STARTING
    await world.require_books(SESSION, OTHER)


async def test_an_older_connection_may_still_bring_facts() -> None:
    world = await paid_world()
    await world.connect()
    result = await world.say(started(world.at()), epoch=1)
    assert result.accepted
    told = await world.say(stopped(result.transaction_id or 0, world.at(), 2000), epoch=1)
    assert (told.saved, told.fenced) == (True, False)


# --- what the meter has signed ------------------------------------------------------------------


async def test_signed_values_are_kept_once_with_their_session_before_the_answer() -> None:
    world, transaction = await charging_world()
    begun = SignedReading(world.at(), "OCMF|begin", "Transaction.Begin")
    ended = SignedReading(world.at(60), "OCMF|end", "Transaction.End")
    told = Readings(1, transaction, (), (begun,))
    await world.say(told)
    await world.say(told)
    stop = msgspec.structs.replace(stopped(transaction, world.at(60), 2000), signed=(ended,))
    assert (await world.say(stop)).saved
    assert (await world.say(stop)).saved
    kept = await SignedReadings(world.tables).of(TENANT, SESSION)
    assert [(each.data, each.context) for each in kept] == [
        ("OCMF|begin", "Transaction.Begin"),
        ("OCMF|end", "Transaction.End"),
    ]
