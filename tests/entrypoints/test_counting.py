"""What drivers are owed, added up from sessions that are read anyway."""

from app.bootstrap.counting import CountedNotices, Counting
from app.charging import effects as ef
from app.charging import events as ev
from app.charging.session import Phase
from app.entrypoints.emf import money
from app.flow import Again, Performed
from app.records.effects import OwedEffect
from app.telemetry.numbers import Numbers
from tests.charging.sessions import NOON, seconds
from tests.flow.system import SESSION, TENANT, World, opening

PAID = ev.PaymentSettled(NOON, "aa" * 32, 5_000_000)
CLAIMED = ev.RefundClaimed(seconds(900), "bb" * 32, "lnbc1", 4_000_000, "k1")


async def later(_owed: OwedEffect, _session: object) -> Performed:
    return Again(30)


async def test_money_is_counted_where_it_lies() -> None:
    world, numbers = World(), Numbers()
    world.flow.notices = CountedNotices(numbers, world.heard)
    counting = Counting(numbers, world.clock)
    record = world.flow.record

    session = await record(TENANT, SESSION, [PAID], opening=opening())
    counting.count([session])
    owed = numbers.count_over()
    assert (owed.prepaid_msat, owed.claimable_msat, owed.paying_msat) == (5_000_000, 0, 0)

    await record(TENANT, SESSION, [ev.ChargingStarted(seconds(5), 7, 1000)])
    session = await record(TENANT, SESSION, [ev.ChargingStopped(seconds(600), 7, 3000)])
    world.clock.pass_s(900)
    counting.count([session])
    owed = numbers.count_over()
    assert (owed.prepaid_msat, owed.claimable_msat, owed.claimable) == (0, 4_000_000, 1)
    assert owed.oldest_claimable_s == 300

    session = await record(TENANT, SESSION, [CLAIMED])
    assert [ref.sk for ref in world.heard.queued] == [f"E#refund.{'bb' * 32}"]
    world.clock.pass_s(60)
    counting.count([session])
    counting.count([])
    owed = numbers.count_over()
    assert (owed.claimable, owed.paying, owed.paying_msat) == (0, 1, 4_000_000)
    assert owed.sessions == {Phase.ENDED: 1}
    assert money(owed) == {
        "SessionsOpen": (1, "Count"),
        "OwedSats": (4_000, "Count"),
        "RefundsPaying": (1, "Count"),
        "OldestRefundPaying": (60, "Seconds"),
    }

    world.acts[ef.PayRefund] = later
    failed = ev.RefundOutcome(seconds(1000), "bb" * 32, "failed")
    await record(TENANT, SESSION, [failed])
    again = ev.RefundClaimed(seconds(1100), "cc" * 32, "lnbc2", 4_000_000, "k2")
    await record(TENANT, SESSION, [again])
    await record(TENANT, SESSION, [ev.RefundOutcome(seconds(1200), "cc" * 32, "paid")])
    assert +numbers.refunds == {"failed": 1, "paid": 1}
    assert numbers.phases == {"starting": 1, "charging": 1, "ended": 1}
