"""Who ends a refund, what that leaves in the ledger, and when nobody's refund is the owner's."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest

from app.charging import events as ev
from app.charging.advance import advance, fold
from app.charging.decision import Decision
from app.charging.effects import PayRefund, RemindOfRefund
from app.charging.session import Limits, Session
from tests.charging.sessions import quote, seconds, session

DAY_S = 24 * 3600
PAID = ev.PaymentSettled(seconds(0), "aa", 5_000_000)
ENDED: list[ev.Event] = [
    PAID,
    ev.ChargingStarted(seconds(5), 7, 0),
    ev.ChargingStopped(seconds(600), 7, 2000),
]
CLAIMED = ev.RefundClaimed(seconds(700), "r1", "lnbc1", 4_000_000)


def ended(*more: ev.Event, limits: Limits | None = None) -> Session:
    """Paid 5000 sats, used 1000."""
    return fold(session(replace(quote(), limits=limits or Limits())), [*ENDED, *more]).session


def resolved(outcome: Literal["paid", "failed"], payment_hash: str = "r1") -> ev.RefundResolved:
    return ev.RefundResolved(seconds(9000), payment_hash, outcome, "ada@example.org")


def looked(at: Session, days: float) -> Decision:
    return advance(at, ev.TimedOut(seconds(600) + timedelta(days=days)))


def test_the_owner_says_that_it_was_paid() -> None:
    decision = advance(ended(CLAIMED), resolved("paid"))
    after = decision.session
    assert (after.refund, after.refunds_paid) == (None, ("r1",))
    assert (after.balances.refunded, after.balances.refund_in_flight) == (4_000_000, 0)
    assert after.settled
    [effect] = decision.withdrawn_effects
    assert effect.key == PayRefund("", "", "r1", "", 0).key
    assert decision.ledger_entries[0].cause == "refund r1 paid, said by ada@example.org"


def test_the_owner_says_that_it_failed_and_the_driver_claims_again() -> None:
    after = advance(ended(CLAIMED), resolved("failed")).session
    assert after.claimable_msat == 4_000_000
    assert after.refunds_failed == ("r1",)
    again = ev.RefundClaimed(seconds(9100), "r2", "lnbc2", 4_000_000)
    assert advance(after, again).session.refund is not None
    assert advance(after, replace(again, payment_hash="r1")).session.refund is None


@pytest.mark.parametrize("payment_hash", ["r2", ""])
def test_only_the_refund_that_is_under_way_is_resolved(payment_hash: str) -> None:
    for before in (ended(), ended(CLAIMED), ended(CLAIMED, resolved("paid"))):
        assert advance(before, resolved("failed", payment_hash)) == Decision(before)


def test_news_that_comes_after_the_owners_word_changes_nothing() -> None:
    after = ended(CLAIMED, resolved("failed"))
    late = ev.RefundOutcome(seconds(9999), "r1", "paid", 3)
    assert advance(after, late) == Decision(after)


def test_a_refund_is_the_owners_after_the_stated_days() -> None:
    assert looked(ended(), 89.9).session.claimable_msat == 4_000_000
    after = looked(ended(), 90).session
    assert (after.claimable_msat, after.balances.forfeited) == (0, 4_000_000)
    assert after.settled


def test_after_a_failure_there_is_as_much_time_again() -> None:
    """A refund that hung for months must not be the owner's the moment it fails."""
    failed = ev.RefundOutcome(seconds(120 * DAY_S), "r1", "failed")
    after = ended(CLAIMED, failed)
    assert after.due_at == seconds(210 * DAY_S)
    assert looked(after, 121).session.claimable_msat == 4_000_000
    assert looked(after, 211).session.balances.forfeited == 4_000_000


def test_the_owner_is_reminded_once_before_it_ends() -> None:
    limits = Limits(remind_s=7 * DAY_S)
    before = ended(limits=limits)
    assert before.due_at == seconds(600 + 83 * DAY_S)
    assert looked(before, 82) == Decision(before)
    reminded = looked(before, 83)
    assert reminded.effects == (RemindOfRefund(before.id),)
    assert reminded.session.due_at == seconds(600 + 90 * DAY_S)
    assert looked(reminded.session, 84).effects == ()
    assert looked(reminded.session, 90).session.balances.forfeited == 4_000_000


def test_a_refund_that_is_under_way_reminds_nobody() -> None:
    before = ended(CLAIMED, limits=Limits(remind_s=7 * DAY_S))
    assert before.due_at is None
    assert looked(before, 85) == Decision(before)


@pytest.mark.parametrize("remind_s", [0, 90 * DAY_S, 100 * DAY_S])
def test_a_reminder_that_cannot_come_in_time_is_none(remind_s: int) -> None:
    before = ended(limits=Limits(remind_s=remind_s))
    assert before.due_at == seconds(600 + 90 * DAY_S)
    assert looked(before, 90).effects[:-1] == ()
