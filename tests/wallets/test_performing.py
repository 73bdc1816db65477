"""Payments asked about, held ones taken or given back, refunds paid once: every outcome."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from app.charging.effects import AwaitPayment, CancelPayment, PayRefund, SettlePayment
from app.charging.errors import NotFound, Unavailable
from app.charging.events import (
    Event,
    PaymentGone,
    PaymentHeld,
    PaymentSettled,
    RefundOutcome,
)
from app.charging.ports import (
    IncomingGone,
    IncomingHeld,
    IncomingOpen,
    IncomingSettled,
    OutgoingFailed,
    OutgoingPaid,
    OutgoingUnknown,
)
from app.charging.session import Limits, Payment, PaymentState, Phase, Refund, Session
from app.flow import Again, Done, FlowSettings, Performed
from app.invoices import REGTEST, InvoiceDraft, sign
from app.records.effects import EffectRef, OwedEffect, ref_of
from app.wallets.asking import AskSettings
from app.wallets.looking_up import LookUpBudget
from app.wallets.performing import WalletPerformers
from app.wallets.refunds import RefundSettings
from tests.charging.sessions import session as a_session
from tests.checkout.world import NOON, OWNER, FakeWallet, SetClock, Wallets, can

HASH = "ab" * 32
UNKNOWN = OutgoingUnknown("no such hash", known_to_wallet=False)
PENDING = OutgoingUnknown("under way")


@dataclass
class Told:
    troubles: list[tuple[str, str]] = field(default_factory=list)
    broken: bool = False

    async def refund_trouble(self, tenant: str, session_id: str, trouble: str, reason: str) -> None:
        self.troubles.append((trouble, reason))
        if self.broken:
            raise RuntimeError("no mail server")


class World:
    def __init__(self, wallet: FakeWallet | None = None, asking: AskSettings | None = None) -> None:
        self.clock, self.told = SetClock(), Told()
        self.wallet = wallet or FakeWallet()
        self.trouble = ""
        self.performers = WalletPerformers(
            Wallets(self.wallet), self.clock, alert=self.told, asking=asking
        ).by_effect()
        self.bolt11 = sign(
            InvoiceDraft(REGTEST, 7_000_000, HASH, "cd" * 32, NOON, 3600, memo="refund"),
            b"\x01" * 32,
        )
        self.bound = replace(a_session(), phase=Phase.ENDED, refund=Refund(HASH, 7_000_000))
        self.refund = PayRefund(self.bound.id, "w1", HASH, self.bolt11, 7_000_000)

    async def performs(
        self, effect: object, session: Session | None = None, attempts: int = 0
    ) -> Performed:
        ref = ref_of(OWNER, effect)  # type: ignore[arg-type]  # one of the effects
        at = EffectRef(OWNER, ref.pk, ref.sk)
        owed = OwedEffect(at, effect, attempts, 0, trouble=self.trouble)  # type: ignore[arg-type]
        return await self.performers[type(effect)](owed, session)  # type: ignore[index]

    async def refunds(self, attempts: int = 0) -> Performed:
        return await self.performs(self.refund, self.bound, attempts)

    async def awaits(
        self, *, session: Session | None = None, attempts: int = 0, after_s: float = 0
    ) -> Performed:
        self.clock.at = NOON + timedelta(seconds=after_s)
        effect = AwaitPayment("s", "w1", HASH, 5000, NOON + timedelta(seconds=600))
        return await self.performs(effect, session, attempts)


def only_event(result: Performed) -> Event:
    assert len(result.events) == 1
    return result.events[0]


# --- an open invoice -------------------------------------------------------------------------


async def test_a_settled_payment_is_told_with_what_arrived() -> None:
    result = await World(FakeWallet(incoming=[IncomingSettled(5000)])).awaits()
    assert result == Done((PaymentSettled(NOON, HASH, 5000),))


async def test_a_held_payment_is_told_and_watched_on() -> None:
    result = await World(FakeWallet(incoming=[IncomingHeld(5000)])).awaits()
    assert isinstance(result, Again)
    assert only_event(result) == PaymentHeld(NOON, HASH, 5000)


@pytest.mark.parametrize(("rings", "can_be_rung"), [(False, True), (True, False)])
async def test_where_nobody_rings_it_is_asked_about_in_step_with_how_long_people_take(
    rings: bool, can_be_rung: bool
) -> None:
    wallet = FakeWallet(replace(can(), rings=rings), incoming=[IncomingOpen()])
    world = World(wallet, AskSettings(can_be_rung=can_be_rung))
    waits = [await world.awaits(attempts=9, after_s=s) for s in (0, 2, 8, 60, 300, 599)]
    assert waits == [Again(s, prompt=True) for s in (1, 1, 2, 15, 30, 30)]
    assert await world.awaits(attempts=9, after_s=601) == Again(512)


async def test_an_open_invoice_is_asked_about_at_growing_intervals() -> None:
    world = World(FakeWallet(incoming=[IncomingOpen()]))
    waits = [await world.awaits(attempts=n) for n in (0, 1, 2, 3, 10, 10_000)]
    assert waits == [Again(s) for s in (1, 2, 4, 8, 30, 30)]


@pytest.mark.parametrize("answer", [IncomingOpen(), IncomingGone(), NotFound("unknown")])
async def test_an_expired_invoice_is_asked_about_until_the_grace_is_over(answer: object) -> None:
    world = World(FakeWallet(incoming=[answer]))  # type: ignore[list-item]
    assert await world.awaits(attempts=20, after_s=601) == Again(600)
    assert await world.awaits(attempts=25, after_s=600 + 3600) == Done()


async def test_money_that_came_in_after_the_expiry_counts() -> None:
    world = World(FakeWallet(incoming=[IncomingSettled(5000)]))
    assert isinstance(only_event(await world.awaits(after_s=600 + 3600)), PaymentSettled)


async def test_a_held_payment_that_ran_out_is_gone() -> None:
    held = replace(a_session(), payments=(Payment(HASH, 5000, PaymentState.HELD),))
    result = await World(FakeWallet(incoming=[IncomingGone()])).awaits(session=held)
    assert result == Done((PaymentGone(NOON, HASH),))


async def test_a_wallet_that_cannot_be_asked_is_asked_again_even_after_the_grace() -> None:
    world = World(FakeWallet(incoming=[Unavailable("down")]))
    with pytest.raises(Unavailable):  # the flow turns this into another attempt
        await world.awaits(after_s=100_000)


async def test_look_ups_of_a_wallet_are_limited_and_uncounted_beyond() -> None:
    world = World(FakeWallet(incoming=[IncomingOpen()]))
    results = [await world.awaits() for _ in range(25)]
    assert world.wallet.look_ups == 20
    assert results[-1] == Again(0.2, counted=False)
    assert await world.awaits(after_s=1) == Again(1)


async def test_one_wallets_limit_is_not_anothers() -> None:
    budget = LookUpBudget(SetClock(), per_s=1, burst=1)
    assert [budget.wait_s("t", "w1"), budget.wait_s("t", "w1")] == [0, 1]
    assert budget.wait_s("t", "w2") == 0
    assert budget.wait_s("u", "w1") == 0


# --- held payments ---------------------------------------------------------------------------


async def test_a_held_payment_is_taken_and_looked_at() -> None:
    wallet = FakeWallet(can(hold=True), incoming=[IncomingHeld(5000), IncomingSettled(5000)])
    result = await World(wallet).performs(SettlePayment("s", HASH, "w1"))
    assert only_event(result) == PaymentSettled(NOON, HASH, 5000)
    assert wallet.settled == [HASH]


async def test_a_held_payment_is_given_back_and_looked_at() -> None:
    wallet = FakeWallet(can(hold=True), incoming=[IncomingHeld(5000), IncomingGone()])
    result = await World(wallet).performs(CancelPayment("s", HASH, "w1"))
    assert only_event(result) == PaymentGone(NOON, HASH)
    assert wallet.cancelled == [HASH]


async def test_what_is_settled_is_not_settled_or_cancelled_again() -> None:
    wallet = FakeWallet(can(hold=True), incoming=[IncomingSettled(5000)])
    for effect in (SettlePayment("s", HASH, "w1"), CancelPayment("s", HASH, "w1")):
        result = await World(wallet).performs(effect)
        assert only_event(result) == PaymentSettled(NOON, HASH, 5000)
    assert wallet.settled == wallet.cancelled == []


@pytest.mark.parametrize("kind", [SettlePayment, CancelPayment])
async def test_a_wallet_without_hold_invoices_says_so(kind: type) -> None:
    with pytest.raises(Unavailable, match="no hold invoices"):
        await World().performs(kind("s", HASH, "w1"))


# --- refunds ---------------------------------------------------------------------------------


async def test_a_refund_is_paid_with_its_fee() -> None:
    world = World(FakeWallet(paying=[OutgoingPaid(21)]))
    assert await world.refunds() == Done((RefundOutcome(NOON, HASH, "paid", 21),))
    assert world.wallet.sent == [(world.bolt11, 7_000_000, 70_000)]


def test_the_fee_limit_is_a_share_with_a_floor() -> None:
    limits = Limits(fee_limit_ppm=10_000, fee_floor_msat=10_000)
    assert limits.fee_limit_msat(7_000_000) == 70_000
    assert limits.fee_limit_msat(5_000) == 10_000


async def test_the_fee_limit_is_the_one_that_was_locked_with_the_price() -> None:
    world = World(FakeWallet(paying=[OutgoingPaid(21)]))
    locked = replace(world.bound.quote, limits=Limits(fee_limit_ppm=5000))
    world.bound = replace(world.bound, quote=locked)
    await world.refunds()
    assert world.wallet.sent == [(world.bolt11, 7_000_000, 35_000)]


async def test_a_definite_failure_is_told_to_the_owner() -> None:
    world = World(FakeWallet(paying=[OutgoingFailed("insufficient balance")]))
    assert await world.refunds() == Done((RefundOutcome(NOON, HASH, "failed"),))
    assert world.told.troubles == [("failed", "insufficient balance")]


async def test_an_owner_who_cannot_be_told_loses_no_outcome() -> None:
    world = World(FakeWallet(paying=[OutgoingFailed("no route")]))
    world.told.broken = True
    assert await world.refunds() == Done((RefundOutcome(NOON, HASH, "failed"),))


async def test_an_unknown_outcome_is_only_looked_up() -> None:
    world = World(FakeWallet(paying=[PENDING], outgoing=[PENDING]))
    assert await world.refunds() == Again(2)
    for _ in range(50):
        result = await world.refunds(attempts=1)
        assert isinstance(result, Again)
        assert not result.counted  # it is known to the wallet: never a step towards sending again
    assert len(world.wallet.sent) == 1


@pytest.mark.parametrize(
    ("found", "outcome"),
    [(OutgoingPaid(3), "paid"), (OutgoingFailed("no route"), "failed")],
)
async def test_a_doubtful_refund_ends_with_what_the_wallet_knows(
    found: OutgoingPaid | OutgoingFailed, outcome: str
) -> None:
    world = World(FakeWallet(outgoing=[found]))
    event = only_event(await world.refunds(attempts=1))
    assert isinstance(event, RefundOutcome)
    assert event.outcome == outcome
    assert world.wallet.sent == []


async def test_a_payment_that_is_stalled_is_looked_up_more_and_more_rarely() -> None:
    world = World(FakeWallet(outgoing=[PENDING]))
    waits = []
    for age_s in (0, 80, 800, 80_000):
        world.clock.at = NOON + timedelta(seconds=age_s)
        waits.append(await world.refunds(attempts=1))
    assert waits == [Again(s, counted=False) for s in (2, 10, 100, 300)]


async def test_an_invoice_that_expired_is_no_failure_while_its_payment_hangs() -> None:
    """A payee can stall for days and settle then (lnd #7621); failure is what the wallet says."""
    world = World(FakeWallet(outgoing=[PENDING, PENDING, OutgoingPaid(3)]))
    for age_s in (3601, 10 * 86_400):
        world.clock.at = NOON + timedelta(seconds=age_s)
        result = await world.refunds(attempts=1)
        assert isinstance(result, Again)
        assert not result.counted
    assert only_event(await world.refunds(attempts=1)) == RefundOutcome(
        world.clock.now(), HASH, "paid", 3
    )
    assert world.wallet.sent == []


async def test_after_a_crash_nothing_is_sent_until_the_wallet_has_often_not_known_it() -> None:
    world = World(FakeWallet(paying=[OutgoingPaid(0)], outgoing=[UNKNOWN]))
    for attempts in (1, 2):
        assert await world.refunds(attempts) == Again(60)
    assert world.wallet.sent == []
    result = await world.refunds(attempts=3)
    assert only_event(result) == RefundOutcome(world.clock.now(), HASH, "paid", 0)
    assert world.wallet.sent == [(world.bolt11, 7_000_000, 70_000)]
    assert world.wallet.look_ups == 4  # twice in the attempt that sends


async def test_the_look_up_just_before_sending_again_can_still_find_it() -> None:
    for last in (OutgoingPaid(0), OutgoingFailed("x"), PENDING):
        world = World(FakeWallet(outgoing=[UNKNOWN, last]))
        await world.refunds(attempts=3)
        assert world.wallet.sent == []


async def test_a_wallet_where_it_could_pay_twice_never_sends_again() -> None:
    world = World(FakeWallet(can(resend=False), outgoing=[UNKNOWN]))
    for attempts in range(1, 200):
        result = await world.refunds(attempts)
        assert isinstance(result, Again)
        world.trouble = world.trouble if result.trouble is None else result.trouble
    assert world.wallet.sent == []
    assert [trouble for trouble, _ in world.told.troubles] == ["stuck"]


async def test_sending_again_waits_for_longer_than_a_lease() -> None:
    settings = RefundSettings()
    waited = settings.unknown_s * (settings.unknown_times - 1)
    assert waited > FlowSettings().lease_s


async def test_a_wallet_that_cannot_be_reached_counts_for_nothing() -> None:
    down = Unavailable("down")
    for wallet in (FakeWallet(paying=[down]), FakeWallet(outgoing=[down])):
        world = World(wallet)
        for attempts in (0, 1, 2, 3, 7):
            sends = attempts == 0
            if sends == bool(wallet.paying):
                assert await world.refunds(attempts) == Again(20, counted=False)
        assert wallet.sent == []


async def test_a_refund_that_is_not_bound_is_not_paid() -> None:
    world = World(FakeWallet(paying=[OutgoingPaid(0)]))
    for session in (
        None,
        replace(world.bound, refund=None),
        replace(world.bound, refund=Refund("cd" * 32, 7_000_000)),
        replace(world.bound, refund=Refund(HASH, 6_999_000)),
    ):
        assert await world.performs(world.refund, session) == Done()
    assert world.wallet.sent == []
