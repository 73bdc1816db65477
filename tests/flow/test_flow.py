"""Decisions are saved whole or not at all, and once, whatever the table does."""

import asyncio
from collections.abc import Sequence

import pytest

from app.charging import effects as ef
from app.charging import events as ev
from app.charging.errors import (
    NotFound,
    StorageConflict,
    StorageError,
    StorageThrottled,
    StorageUncertain,
    Unavailable,
)
from app.charging.ports import Operation
from app.charging.session import End, Phase, Session
from app.flow import Again, Done, Performed
from app.records.effects import OwedEffect, ref_of
from app.storage.memory import Faults
from app.storage.values import encode_item, item_size
from tests.charging.sessions import NOON, seconds
from tests.flow.system import SESSION, TENANT, World, opening

START = ref_of(TENANT, ef.StartCharging(SESSION, "CP1", 1, SESSION.upper(), NOON))
PAID = ev.PaymentSettled(NOON, "aa" * 32, 5_000_000)


async def pay(world: World, session_id: str = SESSION, payment_hash: str = "aa" * 32) -> Session:
    paid = ev.PaymentSettled(NOON, payment_hash, 5_000_000)
    return await world.flow.record(TENANT, session_id, [paid], opening=opening())


async def charge(world: World) -> Session:
    """Paid, charged for 2 kWh, ended: 4000 sats are left of 5000."""
    await pay(world)
    started = ev.ChargingStarted(seconds(5), 7, 1000)
    await world.flow.record(TENANT, SESSION, [started])
    return await world.flow.record(TENANT, SESSION, [ev.ChargingStopped(seconds(600), 7, 3000)])


async def test_the_first_payment_opens_the_session_and_starts_the_charger() -> None:
    world = World()
    session = await pay(world)
    assert session.phase is Phase.STARTING
    assert [type(owed.effect) for owed in world.done] == [ef.StartCharging]
    assert await world.stored() == session
    [entry] = await world.flow.sessions.ledger(TENANT, SESSION)
    assert entry.hash == session.ledger_hash


async def test_without_an_opening_there_is_no_session() -> None:
    with pytest.raises(NotFound):
        await World().flow.record(TENANT, SESSION, [PAID])


async def test_what_is_told_twice_is_written_once() -> None:
    world = World()
    await pay(world)
    rows = world.tables.rows()
    await pay(world)
    assert world.tables.rows() == rows


async def test_a_reading_that_owes_nothing_writes_one_row_once() -> None:
    world = World()
    await pay(world)
    await world.flow.record(TENANT, SESSION, [ev.ChargingStarted(seconds(5), 7, 0)])
    writes: list[int] = []
    world.faults.before_write = lambda operations: writes.append(len(operations))
    await world.flow.record(TENANT, SESSION, [ev.MeterRead(seconds(60), 7, 100, 7000, 40)])
    assert writes == [1]


async def test_the_hot_row_stays_under_a_kilobyte() -> None:
    world = World()
    await pay(world)
    await world.flow.record(TENANT, SESSION, [ev.ChargingStarted(seconds(5), 7, 123_456)])
    for minute in range(1, 120):
        read = ev.MeterRead(seconds(60 * minute), 7, 123_456 + 50 * minute, 11_000, 55)
        session = await world.flow.record(TENANT, SESSION, [read])
        [row] = [r for r in world.tables.rows() if r["sk"] == "SESSION"]
        assert sum(len(k) + len(str(v)) for k, v in row.items()) < 1024
    readings = await world.flow.sessions.readings(TENANT, session)
    assert [r.meter_wh for r in readings] == [123_456 + 50 * m for m in range(120)]


async def test_the_second_payer_of_a_connector_is_refunded_not_lost() -> None:
    world = World()
    await pay(world)
    second = await pay(world, "zzzzzzzz23456789", "bb" * 32)
    assert (second.phase, second.end) == (Phase.ENDED, End.CONNECTOR_TAKEN)
    assert second.claimable_msat == 5_000_000
    assert (await world.stored()).phase is Phase.STARTING


async def test_a_hundred_payers_of_one_connector_one_charges_the_rest_is_refunded() -> None:
    world = World()
    ids = [f"session{number:09d}" for number in range(100)]
    sessions = await asyncio.gather(
        *(pay(world, session_id, f"{n:064x}") for n, session_id in enumerate(ids))
    )
    starting = [s for s in sessions if s.phase is Phase.STARTING]
    refunded = [s for s in sessions if s.claimable_msat == 5_000_000]
    assert (len(starting), len(refunded)) == (1, 99)


async def test_a_payment_counts_for_one_session_only() -> None:
    world = World()
    await pay(world)
    other = await pay(world, "zzzzzzzz23456789")
    assert other.balances.paid == 0
    assert other.phase is Phase.UNPAID


async def test_a_hundred_claims_of_one_refund_bind_one_invoice() -> None:
    world = World()
    session = await charge(world)
    assert session.claimable_msat == 4_000_000

    async def claim(number: int) -> Session:
        claimed = ev.RefundClaimed(seconds(700), f"{number:064x}", f"lnbc{number}", 4_000_000)
        return await world.flow.record(TENANT, SESSION, [claimed])

    after = await asyncio.gather(*(claim(number) for number in range(100)))
    assert len({s.refund.payment_hash for s in after if s.refund}) == 1
    pending = [ref for ref in world.heard.queued if ref.sk.startswith("E#refund")]
    assert len(pending) == 1


async def test_one_invoice_pays_one_refund_even_of_two_sessions() -> None:
    world = World()
    await charge(world)
    second = await pay(world, "zzzzzzzz23456789", "bb" * 32)
    rejected = ev.StartRejected(seconds(2))
    second = await world.flow.record(TENANT, second.id, [rejected])
    same = "cc" * 32
    first = ev.RefundClaimed(seconds(700), same, "lnbc", 4_000_000)
    again = ev.RefundClaimed(seconds(700), same, "lnbc", 5_000_000)
    assert (await world.flow.record(TENANT, SESSION, [first])).refund is not None
    assert (await world.flow.record(TENANT, second.id, [again])).refund is None


@pytest.mark.parametrize("error", [StorageConflict, StorageThrottled, StorageUncertain])
@pytest.mark.parametrize("when", ["before_write", "after_write"])
async def test_a_write_that_fails_or_whose_answer_is_lost_counts_once(
    error: type[StorageError], when: str
) -> None:
    faults = Faults()
    world = World(faults)
    troubles = [True, True, False]

    def trouble(_operations: object) -> None:
        if troubles and troubles.pop(0):
            raise error("trouble")

    setattr(faults, when, trouble)
    session = await pay(world)
    assert session.balances.paid == 5_000_000
    assert len(await world.flow.sessions.ledger(TENANT, SESSION)) == 1


async def test_a_table_that_never_answers_is_an_error_one_can_act_on() -> None:
    world = World()

    def trouble(_operations: object) -> None:
        raise StorageThrottled("trouble")

    world.faults.before_write = trouble
    with pytest.raises(Unavailable):
        await pay(world)


async def refund_claimed(world: World) -> ef.PayRefund:
    await charge(world)
    claimed = ev.RefundClaimed(seconds(700), "cc" * 32, "lnbc", 4_000_000)
    session = await world.flow.record(TENANT, SESSION, [claimed])
    assert session.refund is not None
    return ef.PayRefund(SESSION, "w1", "cc" * 32, "lnbc", 4_000_000)


async def test_an_effect_is_performed_by_one_at_a_time() -> None:
    world = World()
    ref = ref_of(TENANT, await refund_claimed(world))
    world.done.clear()
    release = asyncio.Event()

    async def slowly(_owed: OwedEffect, _session: Session | None) -> Performed:
        await release.wait()
        return Done((ev.RefundOutcome(seconds(800), "cc" * 32, "paid", 1000),))

    world.acts[ef.PayRefund] = slowly
    first = asyncio.create_task(world.flow.perform(ref))
    await asyncio.sleep(0)
    await asyncio.gather(*(world.flow.perform(ref) for _ in range(20)))
    release.set()
    await first
    await world.flow.perform(ref)
    assert [type(owed.effect) for owed in world.done] == [ef.PayRefund, ef.SealSession]
    assert (await world.stored()).settled


async def test_after_a_crash_the_sweep_finds_the_attempt_and_says_that_there_was_one() -> None:
    world = World()
    await refund_claimed(world)
    world.done.clear()

    async def crash(_owed: OwedEffect, _session: Session | None) -> Performed:
        raise KeyboardInterrupt

    world.acts[ef.PayRefund] = crash
    ref = world.heard.queued[-1]
    with pytest.raises(KeyboardInterrupt):
        await world.flow.perform(ref)

    async def paid(owed: OwedEffect, _session: Session | None) -> Performed:
        assert owed.attempts == 1, "the performer must know that it may have been sent"
        return Done((ev.RefundOutcome(seconds(800), "cc" * 32, "paid"),))

    world.acts[ef.PayRefund] = paid
    world.flow = world.restarted()
    await world.flow.sweep("DUE#0")
    assert len(world.done) == 1, "the lease of the crashed process still stands"
    world.clock.pass_s(91)
    await world.flow.sweep("DUE#0")
    assert (await world.stored()).balances.refunded == 4_000_000


async def test_what_was_not_tried_does_not_count_as_an_attempt() -> None:
    world = World()
    ref = ref_of(TENANT, await refund_claimed(world))

    async def offline(_owed: OwedEffect, _session: Session | None) -> Performed:
        return Again(10, counted=False)

    world.acts[ef.PayRefund] = offline
    await world.flow.perform(ref)
    owed = await world.flow.sessions.owed_effect(ref)
    assert owed is not None
    assert owed.attempts == 0


async def test_a_start_nobody_answers_ends_in_a_full_refund() -> None:
    world = World()
    await pay(world)
    world.clock.pass_s(181)
    await world.flow.sweep("DUE#0")
    session = await world.stored()
    assert session.end is End.START_TIMED_OUT
    assert session.claimable_msat == 5_000_000
    assert await world.flow.sessions.owed(TENANT, f"T#{TENANT}#P#CP1") == []


async def test_a_withdrawn_start_is_not_delivered_any_more() -> None:
    world = World()
    await pay(world)
    await world.flow.record(TENANT, SESSION, [ev.StopRequested(seconds(1), "payer")])
    world.done.clear()
    world.clock.pass_s(100)
    await world.flow.sweep("DUE#0")
    assert world.done == []


async def test_a_settled_session_is_due_no_more() -> None:
    world = World()
    await refund_claimed(world)

    async def paid(_owed: OwedEffect, _session: Session | None) -> Performed:
        return Done((ev.RefundOutcome(seconds(800), "cc" * 32, "paid"),))

    world.acts[ef.PayRefund] = paid
    await world.flow.perform(world.heard.queued[-1])
    assert [row for row in world.tables.rows() if "due_shard" in row] == []


async def test_an_effect_that_is_owed_already_keeps_its_attempts() -> None:
    world = World()
    stop = ef.StopCharging("", "CP1", 77)
    await world.flow.owe(TENANT, stop, None, 3)
    await world.flow.perform(ref_of(TENANT, stop))
    await world.flow.owe(TENANT, stop, None, 3)
    owed = await world.flow.sessions.owed_effect(ref_of(TENANT, stop))
    assert owed is not None
    assert owed.attempts == 1


async def test_a_command_that_was_handed_over_costs_one_write() -> None:
    world = World()
    writes: list[Sequence[Operation]] = []
    world.faults.after_write = writes.append

    async def handed_over(_owed: OwedEffect, _session: Session | None) -> Performed:
        return Again(world.flow.settings.at_once_grace_s)

    world.acts[ef.StartCharging] = handed_over
    await pay(world)
    assert [len(world.done), len(writes)] == [1, 2]  # the quote, then the decision
    [owed] = [o.attempts for o in await world.flow.sessions.owed(TENANT, START.pk)]
    assert owed == 1
    world.clock.pass_s(44)
    await world.flow.sweep("DUE#0")
    assert len(world.done) == 1
    world.clock.pass_s(2)
    await world.flow.sweep("DUE#0")
    assert [owed.attempts for owed in world.done] == [0, 1]


async def test_a_command_that_could_not_be_handed_over_was_not_tried() -> None:
    world = World()

    async def offline(_owed: OwedEffect, _session: Session | None) -> Performed:
        return Again(20, counted=False)

    world.acts[ef.StartCharging] = offline
    await pay(world)
    world.clock.pass_s(21)
    await world.flow.sweep("DUE#0")
    assert [owed.attempts for owed in world.done] == [0, 0]


async def test_a_command_nobody_lived_to_hand_over_is_found_long_before_its_deadline() -> None:
    world = World()

    async def crash(_owed: OwedEffect, _session: Session | None) -> Performed:
        raise KeyboardInterrupt

    world.acts[ef.StartCharging] = crash
    with pytest.raises(KeyboardInterrupt):
        await pay(world)
    world.acts.clear()
    world.done.clear()
    world.clock.pass_s(46)
    await world.flow.sweep("DUE#0")
    assert [owed.attempts for owed in world.done] == [1]


def loses_the_answer(world: World, times: int = 1) -> None:
    """Of the next writes that have happened and owe something."""
    left = [True] * times

    def lost(operations: Sequence[Operation]) -> None:
        if any(each.key == START.key for each in operations) and left and left.pop():
            raise StorageUncertain("the answer was lost")

    world.faults.after_write = lost


async def test_a_command_of_a_write_whose_answer_was_lost_is_handed_over_at_once() -> None:
    world = World()
    loses_the_answer(world)
    await pay(world)
    assert [(type(owed.effect), owed.attempts) for owed in world.done] == [(ef.StartCharging, 1)]
    await world.flow.record(TENANT, SESSION, [PAID])
    await world.flow.sweep("DUE#0")
    assert len(world.done) == 1


async def test_it_is_handed_over_under_a_lease() -> None:
    world = World()
    loses_the_answer(world)
    begun, release = asyncio.Event(), asyncio.Event()

    async def slowly(_owed: OwedEffect, _session: Session | None) -> Performed:
        begun.set()
        await release.wait()
        return Done()

    world.acts[ef.StartCharging] = slowly
    paying = asyncio.create_task(pay(world))
    await asyncio.wait_for(begun.wait(), 5)
    await asyncio.gather(*(world.restarted().perform(START) for _ in range(5)))
    release.set()
    await paying
    assert len(world.done) == 1
    assert await world.flow.sessions.owed(TENANT, START.pk) == []


async def test_a_write_that_did_not_happen_owes_nothing_yet() -> None:
    world = World()
    left = [True]

    def trouble(operations: Sequence[Operation]) -> None:
        if any(each.key == START.key for each in operations) and left and left.pop():
            raise StorageUncertain("no answer came")

    world.faults.before_write = trouble
    await pay(world)
    assert [owed.attempts for owed in world.done] == [0]


async def test_what_another_process_has_saved_meanwhile_is_left_to_it() -> None:
    world = World()
    other = world.restarted()
    theirs: list[bool] = []

    async def trouble(operations: Sequence[Operation]) -> None:
        if any(each.key == START.key for each in operations) and not theirs:
            theirs.append(True)
            world.clock.pass_s(0.1)
            await other.record(TENANT, SESSION, [PAID], opening=opening())
            raise StorageUncertain("no answer came")

    world.faults.before_write = trouble
    await pay(world)
    assert [owed.attempts for owed in world.done] == [0]


async def test_one_query_reads_a_session_with_its_quote_and_watchers() -> None:
    world = World()
    session = await pay(world)
    reads: list[None] = []
    world.faults.before_read = lambda: reads.append(None)
    assert await world.stored() == session
    assert len(reads) == 1


async def test_a_crash_between_a_chunk_of_readings_and_its_session_loses_and_doubles_none() -> None:
    world = World()
    await pay(world)
    await world.flow.record(TENANT, SESSION, [ev.ChargingStarted(seconds(5), 7, 1000)])
    reads = [ev.MeterRead(seconds(60 * n), 7, 1000 + n) for n in range(1, 40)]

    def crash_now_and_then(operations: Sequence[Operation]) -> None:
        if str(operations[0].key.sk).startswith("R#") and not crashed:
            crashed.append(True)
            raise KeyboardInterrupt

    crashed: list[bool] = []
    world.faults.after_write = crash_now_and_then
    for read in reads:
        try:
            await world.flow.record(TENANT, SESSION, [read])
        except KeyboardInterrupt:
            kept = await world.flow.sessions.readings(TENANT, await world.stored())
            assert len({r.at for r in kept}) == len(kept)
            await world.flow.record(TENANT, SESSION, [read])
    assert crashed
    _, *kept = await world.flow.sessions.readings(TENANT, await world.stored())
    assert [(r.at, r.meter_wh) for r in kept] == [(r.at, r.meter_wh) for r in reads]


async def test_readings_are_kept_short_and_come_back_as_they_were() -> None:
    world = World()
    await pay(world)
    await world.flow.record(TENANT, SESSION, [ev.ChargingStarted(seconds(5), 7, 2**40)])
    told = [(5, 10, 7000, 20), (65, 100, None, None), (66, 100, 0, 21), (70, 150, 11, None)]
    told += [(60 * n, 183 * n, 11_000 - n, 30) for n in range(2, 30)]
    reads = [ev.MeterRead(seconds(5 + at), 7, 2**40 + wh, watt, soc) for at, wh, watt, soc in told]
    for read in reads:
        await world.flow.record(TENANT, SESSION, [read])
    _, *kept = await world.flow.sessions.readings(TENANT, await world.stored())
    assert [(r.at, r.meter_wh) for r in kept] == [(r.at, r.meter_wh) for r in reads]
    assert [r.soc_percent for r in kept[:4]] == [20, 20, 21, 21]
    [row] = [r for r in world.tables.rows() if r["sk"] == "SESSION"]
    assert item_size(encode_item(row)) <= 1024


async def test_so_do_registers_that_were_not_believed_and_new_meters() -> None:
    world = World()
    await pay(world)
    await world.flow.record(TENANT, SESSION, [ev.ChargingStarted(seconds(5), 7, 2**64 - 1)])
    shown = [10, 2**64 - 1, 2**63, 110, *(9 * 10**14 + 100 * n for n in range(30))]
    for number, wh in enumerate(shown, 1):
        read = ev.MeterRead(seconds(5 + 60 * number), 7, wh, None, 20)
        await world.flow.record(TENANT, SESSION, [read])
    stored = await world.stored()
    assert (stored.energy_wh, stored.doubts) == (100 + 2900, 3)
    _, *kept = await world.flow.sessions.readings(TENANT, stored)
    assert [(r.meter_wh, r.doubted_wh, r.from_wh) for r in kept[:7]] == [
        (10, None, None),
        (None, 2**64 - 1, None),
        (None, 2**63, None),
        (110, None, None),
        (None, 9 * 10**14, None),
        (9 * 10**14 + 100, None, 9 * 10**14),
        (9 * 10**14 + 200, None, None),
    ]
