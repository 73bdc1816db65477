"""The owner's word for a refund: taken where nobody else can tell, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

import pytest

from app.charging import effects as ef
from app.charging.errors import Conflict, NotFound, Unavailable
from app.charging.ports import (
    Operation,
    Outgoing,
    OutgoingFailed,
    OutgoingPaid,
    OutgoingUnknown,
)
from app.charging.session import Session
from app.checkout.offers import IssuedInvoice
from app.records.effects import OwedEffect
from app.records.keys import session_pk
from app.wallets.performing import WalletPerformers
from app.wallets.refund_desk import BUSY, NOT_IN_DOUBT, NOT_SENT, UNDER_WAY, RefundDesk
from tests.checkout.world import OWNER, FakeWallet, Shop, Wallets, can

LOST = OutgoingUnknown("no such hash", known_to_wallet=False)
PENDING = OutgoingUnknown("under way")
ADA = "ada@example.org"
DAY_S = 24 * 3600
Word = Literal["paid", "failed"]


class Told:
    def __init__(self) -> None:
        self.troubles: list[str] = []

    async def refund_trouble(self, tenant: str, session_id: str, trouble: str, reason: str) -> None:
        self.troubles.append(trouble)


class Desk:
    """A refund of 7000 sats bound to one invoice, a wallet that says what a test wants."""

    def __init__(self, shop: Shop, wallet: FakeWallet) -> None:
        self.shop, self.wallet, self.told = shop, wallet, Told()
        paying = WalletPerformers(Wallets(wallet), shop.clock, alert=self.told)
        performers = dict(shop.flow.performers)
        performers[ef.PayRefund] = paying.refunds.pay_refund
        shop.flow.performers = performers
        self.desk = RefundDesk(shop.flow, paying.refunds)

    async def claims(self) -> Desk:
        self.issued: IssuedInvoice = await self.shop.has_charged()
        self.hash = (await self.claimed()).payment_hash
        await self.shop.performs()
        return self

    async def claimed(self) -> ef.PayRefund:
        offer = await self.shop.checkout.withdraw_offer(self.issued.session_token)
        pr = await self.shop.refund_invoice(offer.amount_msat)
        await self.shop.checkout.claim_refund(self.issued.session_token, offer.k1, pr)
        effect = (await self.owed()).effect
        assert isinstance(effect, ef.PayRefund)
        return effect

    async def owed(self) -> OwedEffect:
        pk = session_pk(OWNER, self.issued.session_id)
        found = await self.shop.flow.sessions.owed(OWNER, pk)
        return next(one for one in found if isinstance(one.effect, ef.PayRefund))

    async def waits(self, times: int = 5, each_s: float = 100) -> Desk:
        for _ in range(times):
            await self.shop.sweeps(after_s=each_s)
        return self

    async def session(self) -> Session:
        return await self.shop.session(self.issued.session_id)

    async def says(self, word: Word, payment_hash: str = "") -> str:
        of = payment_hash or self.hash
        return await self.desk.resolve(OWNER, self.issued.session_id, of, word, ADA)


async def opened(shop: Shop, *said: Outgoing | Exception, resend: bool = False) -> Desk:
    wallet = FakeWallet(can(resend=resend), paying=[LOST], outgoing=list(said))
    return await Desk(shop, wallet).claims()


async def test_a_wallet_that_forgot_the_payment_needs_the_owner_once(shop: Shop) -> None:
    desk = await (await opened(shop, LOST)).waits()
    assert "nobody can tell" in (await desk.owed()).trouble
    await desk.waits(50)
    assert desk.told.troubles == ["stuck"]
    assert len(desk.wallet.sent) == 1


async def test_said_to_be_paid_it_is_over(shop: Shop) -> None:
    desk = await (await opened(shop, LOST)).waits()
    assert await desk.says("paid") == "paid"
    session = await desk.session()
    assert session.balances.refunded == 7_000_000
    assert session.settled
    ledger = await shop.flow.sessions.ledger(OWNER, session.id)
    assert ledger[-1].cause.endswith(f"paid, said by {ADA}")
    sent = len(desk.wallet.sent)
    await desk.waits(50)
    assert len(desk.wallet.sent) == sent, "what was resolved is not sent any more"


async def test_said_to_have_failed_the_driver_claims_again_and_is_paid(shop: Shop) -> None:
    desk = await (await opened(shop, LOST)).waits()
    assert await desk.says("failed") == "failed"
    assert (await desk.session()).claimable_msat == 7_000_000
    desk.wallet.paying = [OutgoingPaid(1000)]
    await desk.claimed()
    await shop.performs()
    balances = (await desk.session()).balances
    assert (balances.refunded, balances.refundable) == (7_000_000, 0)
    assert len({bolt11 for bolt11, _, _ in desk.wallet.sent}) == 2


@pytest.mark.parametrize("word", ["paid", "failed"])
async def test_nobodys_word_counts_while_it_may_end_by_itself(shop: Shop, word: Word) -> None:
    desk = await (await opened(shop, PENDING)).waits(50)
    with pytest.raises(Conflict, match=NOT_IN_DOUBT):
        await desk.says(word)
    assert (await desk.session()).balances.refund_in_flight == 7_000_000


async def test_what_the_wallet_knows_after_all_counts_for_more(shop: Shop) -> None:
    desk = await (await opened(shop, LOST)).waits()
    desk.wallet.outgoing = [OutgoingPaid(7)]
    assert await desk.says("failed") == "paid"
    assert (await desk.session()).balances.routing_fees == 7


async def test_a_payment_that_turns_up_again_is_waited_for(shop: Shop) -> None:
    desk = await (await opened(shop, LOST)).waits()
    desk.wallet.outgoing = [PENDING]
    with pytest.raises(Conflict, match=UNDER_WAY):
        await desk.says("failed")
    assert (await desk.owed()).trouble == ""


async def test_a_wallet_that_is_away_just_now_is_no_reason(shop: Shop) -> None:
    desk = await (await opened(shop, LOST)).waits()
    desk.wallet.outgoing = [Unavailable("down")]
    with pytest.raises(Conflict, match=UNDER_WAY):
        await desk.says("failed")
    assert (await desk.owed()).trouble, "it is in doubt as before"


async def test_a_wallet_that_is_gone_for_good_does_not_lock_a_refund_for_ever(shop: Shop) -> None:
    desk = await (await opened(shop, Unavailable("gone"))).waits(4)
    with pytest.raises(Conflict, match=NOT_IN_DOUBT):
        await desk.says("failed")
    await desk.waits(2, DAY_S)
    assert desk.told.troubles == ["stuck"]
    assert await desk.says("failed") == "failed"


async def test_a_payment_that_hangs_for_longer_than_lightning_allows(shop: Shop) -> None:
    desk = await (await opened(shop, PENDING)).waits(2, 16 * DAY_S)
    assert await desk.says("failed") == "failed"


async def test_another_refund_than_the_one_under_way_is_not_meant(shop: Shop) -> None:
    desk = await (await opened(shop, LOST)).waits()
    with pytest.raises(NotFound):
        await desk.says("failed", "00" * 32)
    await desk.says("failed")
    with pytest.raises(NotFound):
        await desk.says("failed")


async def test_the_owners_word_does_not_run_beside_an_attempt(shop: Shop) -> None:
    desk = await (await opened(shop, LOST)).waits()
    assert await shop.flow.lease(await desk.owed())
    with pytest.raises(Conflict, match=BUSY):
        await desk.says("failed")
    with pytest.raises(Conflict, match=BUSY):
        await desk.desk.look_up(OWNER, desk.issued.session_id)


async def test_of_two_words_at_once_one_counts(shop: Shop) -> None:
    desk = await (await opened(shop, LOST)).waits()

    async def breathe(_operations: Sequence[Operation]) -> None:
        await asyncio.sleep(0)

    shop.tables.faults.before_write = breathe
    both = await asyncio.gather(desk.says("paid"), desk.says("failed"), return_exceptions=True)
    assert len([one for one in both if isinstance(one, str)]) == 1
    balances = (await desk.session()).balances
    assert balances.refunded + balances.refundable == 7_000_000
    assert balances.hold


@pytest.mark.parametrize(
    ("said", "end"),
    [
        (OutgoingPaid(3), "paid"),
        (OutgoingFailed("no route"), "failed"),
        (PENDING, "in_flight"),
        (LOST, "in_flight"),
        (Unavailable("down"), "in_flight"),
    ],
)
async def test_looking_now_tells_what_the_wallet_says(
    shop: Shop, said: Outgoing | Exception, end: str
) -> None:
    desk = await opened(shop, said)
    assert await desk.desk.look_up(OWNER, desk.issued.session_id) == end


async def test_looking_often_brings_no_sending_nearer(shop: Shop) -> None:
    desk = await opened(shop, LOST, resend=True)
    for _ in range(20):
        await desk.desk.look_up(OWNER, desk.issued.session_id)
    assert (await desk.owed()).attempts == 1
    assert len(desk.wallet.sent) == 1


async def test_what_was_never_sent_is_not_looked_up(shop: Shop) -> None:
    wallet = FakeWallet(can(resend=False), paying=[Unavailable("down")])
    desk = await Desk(shop, wallet).claims()
    with pytest.raises(Conflict, match=NOT_SENT):
        await desk.desk.look_up(OWNER, desk.issued.session_id)


async def test_without_a_refund_there_is_nothing_to_say(shop: Shop) -> None:
    issued = await shop.has_charged()
    desk = Desk(shop, FakeWallet())
    with pytest.raises(NotFound):
        await desk.desk.look_up(OWNER, issued.session_id)
    with pytest.raises(NotFound):
        await desk.desk.resolve(OWNER, issued.session_id, "00" * 32, "paid", ADA)
