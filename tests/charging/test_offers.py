"""Refunds that find their payer: offered while there is something, to nobody else, not for ever."""

from dataclasses import replace

from app.charging import events as ev
from app.charging.advance import fold
from app.charging.decision import Decision
from app.charging.effects import OfferRefund, PayRefund
from app.charging.session import MOST_TRIES, Reach, Session
from tests.charging.sessions import seconds, session

PAID = ev.PaymentSettled(seconds(0), "aa", 10_000_000)
CANCELLED = ev.StopRequested(seconds(5), "payer")
FIXED = Reach(known=True, fixed=True)


def begun(reach: Reach = FIXED) -> Session:
    return replace(session(), reach=reach)


def ended(reach: Reach = FIXED) -> Session:
    """Paid and cancelled: all of it goes back."""
    return fold(begun(reach), [PAID, CANCELLED]).session


def offers(decision: Decision) -> list[OfferRefund]:
    return [effect for effect in decision.effects if isinstance(effect, OfferRefund)]


def claimed(payment_hash: str, offer: int, amount_msat: int = 10_000_000) -> ev.RefundClaimed:
    return ev.RefundClaimed(seconds(9), payment_hash, "lnbc", amount_msat, offer=offer)


def test_the_end_owes_an_offer_where_an_address_came_with_the_payment() -> None:
    before = fold(begun(), [PAID])
    assert offers(before) == []
    assert offers(fold(before.session, [CANCELLED])) == [OfferRefund(session().id, 1)]
    assert offers(fold(session(), [PAID, CANCELLED])) == []


def test_nothing_left_owes_no_offer() -> None:
    spent: list[ev.Event] = [
        PAID,
        ev.ChargingStarted(seconds(1), 7, 0),
        ev.ChargingStopped(seconds(3600), 7, 20_000),
    ]
    assert offers(fold(begun(), spent)) == []


def test_the_addresss_invoice_is_bound_and_paid_like_any_other() -> None:
    decision = fold(ended(), [claimed("r1", 1)])
    assert [effect.key for effect in decision.effects] == ["refund.r1"]
    assert [effect.key for effect in decision.withdrawn_effects] == ["offer.1"]
    paid = fold(decision.session, [ev.RefundOutcome(seconds(12), "r1", "paid")])
    assert paid.session.balances.refunded == 10_000_000
    assert offers(paid) == []


def test_nobody_with_the_link_redirects_what_is_on_its_way_to_a_fixed_address() -> None:
    pushed = ended()
    assert pushed.is_pushed
    assert fold(pushed, [claimed("thief", 0)]) == Decision(pushed)
    renamed = fold(pushed, [ev.PayerReachable(seconds(6))])
    assert renamed == Decision(pushed)
    early = fold(begun(), [PAID, ev.PayerReachable(seconds(1))]).session
    assert early.reach == FIXED


def test_an_address_that_was_named_later_may_be_overtaken_by_a_withdrawal() -> None:
    offered = fold(ended(Reach()), [ev.PayerReachable(seconds(6))])
    assert len(offers(offered)) == 1
    taken = fold(offered.session, [claimed("r1", 0)])
    assert [effect.key for effect in taken.withdrawn_effects] == ["offer.1"]
    late = fold(taken.session, [claimed("r2", 1)])
    assert late == Decision(taken.session)


def test_a_definite_refusal_leaves_it_to_the_payer_until_they_name_another() -> None:
    refused = fold(ended(), [ev.OfferEnded(seconds(7), 1)])
    assert offers(refused) == []
    assert not refused.session.is_pushed
    assert refused.session.claimable_msat == 10_000_000
    again = fold(refused.session, [ev.PayerReachable(seconds(8))])
    assert offers(again) == [OfferRefund(session().id, 2)]
    assert not again.session.is_pushed


def test_an_invoice_that_cannot_be_paid_is_followed_by_another_a_few_times() -> None:
    now, seen = ended(), 1
    while now.reach.owed:
        bound = fold(now, [claimed(f"r{seen}", seen)]).session
        now = fold(bound, [ev.RefundOutcome(seconds(12), f"r{seen}", "failed")]).session
        seen += 1
    assert seen - 1 == MOST_TRIES
    assert now.claimable_msat == 10_000_000
    assert not now.is_fixed


def test_an_offer_over_another_amount_is_made_again() -> None:
    late = ev.PaymentSettled(seconds(8), "bb", 2_000_000)
    grown = fold(ended(), [late]).session
    decision = fold(grown, [claimed("r1", 1)])
    assert offers(decision) == [OfferRefund(session().id, 2, 2)]
    bound = fold(decision.session, [claimed("r2", 2, 12_000_000)])
    assert [e.amount_msat for e in bound.effects if isinstance(e, PayRefund)] == [12_000_000]


def test_an_old_offer_says_nothing() -> None:
    now = ended()
    assert fold(now, [ev.OfferEnded(seconds(7), 2), claimed("r1", 2)]) == Decision(now)


def test_a_forfeited_refund_is_offered_no_more() -> None:
    over = fold(ended(), [ev.TimedOut(seconds(91 * 24 * 3600))])
    assert [effect.key for effect in over.withdrawn_effects] == ["offer.1"]
    assert over.session.settled


def test_a_link_is_replaced_once_for_each_time_it_is_lost() -> None:
    twice = fold(ended(), [ev.LinkReplaced(seconds(9), 0), ev.LinkReplaced(seconds(9), 0)])
    assert twice.session.link == 1
