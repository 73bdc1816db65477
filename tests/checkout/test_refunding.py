"""Money back: exact, to one invoice, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, cast

import pytest

from app.charging.effects import PayRefund
from app.charging.errors import BadInput, Conflict, NotAllowed, StorageConflict
from app.charging.ports import Outgoing, OutgoingFailed, Wallet
from app.invoices import decode
from app.records import keys
from app.wallets.sandbox import SandboxWallet
from tests.checkout.world import OWNER, FakeWallet, Shop


async def owed_refunds(shop: Shop, session_id: str) -> list[PayRefund]:
    owed = await shop.flow.sessions.owed(OWNER, keys.session_pk(OWNER, session_id))
    return [one.effect for one in owed if isinstance(one.effect, PayRefund)]


async def test_what_is_left_goes_back_to_the_msat(shop: Shop) -> None:
    issued = await shop.has_charged(energy_wh=6001)  # 3,000.5 sats
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    assert (offer.state, offer.amount_msat) == ("offered", 6_999_000)
    pr = await shop.refund_invoice(6_999_000)
    await shop.checkout.claim_refund(issued.session_token, offer.k1, pr)
    await shop.performs()
    assert await shop.payer.has_received(OWNER, decode(pr).payment_hash)
    view = await shop.checkout.session(issued.session_token)
    assert (view.refund_state, view.refunded_msat, view.residue_msat) == ("paid", 6_999_000, 500)
    assert await shop.sandbox.spendable_msat() == 10_000_000 - 6_999_000


async def test_scanning_stops_the_charge_and_waits_for_its_end(shop: Shop) -> None:
    issued = await shop.pays()
    await shop.starts(issued.session_id)
    soon = shop.clock.now() + timedelta(seconds=3)
    shop.clock.at_moment.append((soon, lambda: shop.stops(issued.session_id, 2000)))
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    assert (offer.state, offer.amount_msat) == ("offered", 9_000_000)


async def test_scanning_a_charge_that_does_not_end_in_time_says_scan_again(shop: Shop) -> None:
    issued = await shop.pays()
    await shop.starts(issued.session_id)
    began = shop.clock.now()
    with pytest.raises(Conflict, match="scan again"):
        await shop.checkout.withdraw_offer(issued.session_token)
    assert shop.clock.now() - began <= timedelta(seconds=9)
    await shop.stops(issued.session_id, 2000)
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    assert offer.amount_msat == 9_000_000


async def test_the_same_invoice_again_is_the_same_answer(shop: Shop) -> None:
    issued = await shop.has_charged()
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    pr = await shop.refund_invoice(offer.amount_msat)
    for spelling in (pr, pr.upper(), f"lightning:{pr}"):
        await shop.checkout.claim_refund(issued.session_token, offer.k1, spelling)
    assert len(await owed_refunds(shop, issued.session_id)) == 1
    await shop.performs()
    await shop.checkout.claim_refund(issued.session_token, offer.k1, pr)
    assert await owed_refunds(shop, issued.session_id) == []
    assert (await shop.session(issued.session_id)).balances.refunded == offer.amount_msat


async def test_a_second_invoice_for_one_k1_is_refused(shop: Shop) -> None:
    issued = await shop.has_charged()
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    first, second = [await shop.refund_invoice(offer.amount_msat) for _ in range(2)]
    await shop.checkout.claim_refund(issued.session_token, offer.k1, first)
    with pytest.raises(Conflict, match="under way"):
        await shop.checkout.claim_refund(issued.session_token, offer.k1, second)
    await shop.performs()
    with pytest.raises(Conflict, match="nothing to refund"):
        await shop.checkout.claim_refund(issued.session_token, offer.k1, second)
    assert not await shop.payer.has_received(OWNER, decode(second).payment_hash)


async def test_a_forged_or_foreign_k1_is_refused(shop: Shop) -> None:
    first = await shop.has_charged()
    second = await shop.pays()
    await shop.checkout.stop(second.session_token)
    foreign = await shop.checkout.withdraw_offer(second.session_token)
    offer = await shop.checkout.withdraw_offer(first.session_token)
    pr = await shop.refund_invoice(offer.amount_msat)
    for k1 in ("", "0" * 64, foreign.k1, offer.k1[:-1], offer.k1 + "0"):
        with pytest.raises(NotAllowed):
            await shop.checkout.claim_refund(first.session_token, k1, pr)
    assert await owed_refunds(shop, first.session_id) == []


async def test_after_definite_failure_a_new_scan_takes_another_invoice(shop: Shop) -> None:
    issued = await shop.has_charged()
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    first = await shop.refund_invoice(offer.amount_msat)
    await shop.checkout.claim_refund(issued.session_token, offer.k1, first)
    shop.wallets.wallet = FakeWallet(paying=[OutgoingFailed("insufficient balance")])
    await shop.performs()
    again = await shop.checkout.withdraw_offer(issued.session_token)
    assert (again.state, again.amount_msat) == ("offered", offer.amount_msat)
    second = await shop.refund_invoice(offer.amount_msat)
    with pytest.raises(BadInput, match="could not be paid"):
        await shop.checkout.claim_refund(issued.session_token, again.k1, first)
    with pytest.raises(NotAllowed):
        await shop.checkout.claim_refund(issued.session_token, offer.k1, second)
    shop.wallets.wallet = shop.sandbox
    await shop.checkout.claim_refund(issued.session_token, again.k1, second)
    await shop.performs()
    assert await shop.payer.has_received(OWNER, decode(second).payment_hash)
    assert not await shop.payer.has_received(OWNER, decode(first).payment_hash)


async def test_a_refund_that_failed_can_be_taken_for_as_long_again(shop: Shop) -> None:
    issued = await shop.has_charged()
    expiry = timedelta(days=90)
    ended = (await shop.checkout.session(issued.session_token)).ended_at
    assert ended is not None
    assert (await shop.checkout.session(issued.session_token)).refund_until == ended + expiry
    shop.clock.at += timedelta(days=80)
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    bolt11 = await shop.refund_invoice(offer.amount_msat)
    await shop.checkout.claim_refund(issued.session_token, offer.k1, bolt11)
    shop.wallets.wallet = FakeWallet(paying=[OutgoingFailed("insufficient balance")])
    await shop.performs()
    shown = (await shop.checkout.session(issued.session_token)).refund_until
    assert shown == shop.clock.at + expiry


async def test_only_an_invoice_over_the_exact_amount_is_taken(shop: Shop) -> None:
    issued = await shop.has_charged()
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    for amount_msat in (offer.amount_msat - 1000, offer.amount_msat + 1000):
        pr = await shop.refund_invoice(amount_msat)
        with pytest.raises(BadInput, match="exactly"):
            await shop.checkout.claim_refund(issued.session_token, offer.k1, pr)
    for nonsense in ("", "lnbc1", "lnbcrt1qqqq", "x" * 5000):
        with pytest.raises(BadInput):
            await shop.checkout.claim_refund(issued.session_token, offer.k1, nonsense)


async def test_an_invoice_about_to_expire_is_refused(shop: Shop) -> None:
    issued = await shop.has_charged()
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    short = await shop.payer.create_driver_invoice(OWNER, offer.amount_msat, expiry_s=30)
    with pytest.raises(BadInput, match="expires too soon"):
        await shop.checkout.claim_refund(issued.session_token, offer.k1, short.bolt11)


async def test_an_invoice_of_another_network_is_refused(shop: Shop) -> None:
    issued = await shop.has_charged()
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    pr = await shop.refund_invoice(offer.amount_msat)
    await shop.change_tenant(mode="live")
    with pytest.raises(BadInput, match="another network"):
        await shop.checkout.claim_refund(issued.session_token, offer.k1, pr)


async def test_a_refund_that_grew_since_the_scan_is_not_taken_in_part(shop: Shop) -> None:
    issued = await shop.pays()
    await shop.starts(issued.session_id)
    more = await shop.checkout.top_up(issued.session_token, 2_000_000)
    await shop.stops(issued.session_id, 6000)
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    pr = await shop.refund_invoice(offer.amount_msat)
    await shop.settles(more)
    with pytest.raises(BadInput, match="exactly"):
        await shop.checkout.claim_refund(issued.session_token, offer.k1, pr)


async def test_one_invoice_refunds_one_session(shop: Shop) -> None:
    sessions = []
    for _ in range(2):
        issued = await shop.pays(5_000_000)
        await shop.checkout.stop(issued.session_token)
        sessions.append(issued)
    pr = await shop.refund_invoice(5_000_000)
    k1s = [(await shop.checkout.withdraw_offer(one.session_token)).k1 for one in sessions]
    await shop.checkout.claim_refund(sessions[0].session_token, k1s[0], pr)
    with pytest.raises(Conflict):
        await shop.checkout.claim_refund(sessions[1].session_token, k1s[1], pr)
    await shop.performs()
    assert (await shop.session(sessions[1].session_id)).claimable_msat == 5_000_000


@pytest.mark.parametrize("different", [True, False])
async def test_a_hundred_claims_at_once_bind_one(shop: Shop, different: bool) -> None:
    issued = await shop.has_charged()
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    one = await shop.refund_invoice(offer.amount_msat)
    prs = [await shop.refund_invoice(offer.amount_msat) if different else one for _ in range(100)]

    async def yielding() -> None:
        await asyncio.sleep(0)

    shop.tables.faults.before_read = yielding
    shop.tables.faults.before_write = lambda _: yielding()
    shop.tables.faults.after_write = lambda _: yielding()
    claims = (shop.checkout.claim_refund(issued.session_token, offer.k1, pr) for pr in prs)
    results = await asyncio.gather(*claims, return_exceptions=True)
    won = [result for result in results if result is None]
    lost = [result for result in results if result is not None]
    assert len(won) == (1 if different else 100)
    assert all(isinstance(result, Conflict) for result in lost)
    await shop.performs()
    received = [await shop.payer.has_received(OWNER, decode(pr).payment_hash) for pr in set(prs)]
    assert sum(received) == 1
    assert await shop.sandbox.spendable_msat() == 10_000_000 - offer.amount_msat


async def test_a_claim_survives_conflicts_of_the_table(shop: Shop) -> None:
    issued = await shop.has_charged()
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    pr = await shop.refund_invoice(offer.amount_msat)
    left = [StorageConflict("busy")] * 3

    def busy(_: object) -> None:
        if left:
            raise left.pop()

    shop.tables.faults.before_write = busy
    await shop.checkout.claim_refund(issued.session_token, offer.k1, pr)
    assert len(await owed_refunds(shop, issued.session_id)) == 1


async def test_a_forfeited_refund_is_not_offered(shop: Shop) -> None:
    issued = await shop.has_charged()
    await shop.sweeps(after_s=91 * 24 * 3600)
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    assert (offer.state, offer.amount_msat) == ("forfeited", 0)


class Killed(BaseException):
    """The process dies here."""


class Dying:
    """The owner's wallet in a process that is killed just before, or just after, it pays."""

    def __init__(self, wallet: SandboxWallet, *, after: bool) -> None:
        self._wallet, self._after, self.sent = wallet, after, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wallet, name)

    async def pay(self, bolt11: str, *, amount_msat: int, fee_limit_msat: int) -> Outgoing:
        self.sent += 1
        if self.sent == 1 and not self._after:
            raise Killed
        paid = await self._wallet.pay(
            bolt11, amount_msat=amount_msat, fee_limit_msat=fee_limit_msat
        )
        if self.sent == 1:
            raise Killed
        return paid


@pytest.mark.parametrize("after", [False, True])
async def test_a_process_killed_while_paying_pays_once(shop: Shop, after: bool) -> None:
    issued = await shop.has_charged()
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    pr = await shop.refund_invoice(offer.amount_msat)
    await shop.checkout.claim_refund(issued.session_token, offer.k1, pr)
    dying = Dying(shop.sandbox, after=after)
    shop.wallets.wallet = cast(Wallet, dying)
    with pytest.raises(Killed):
        await shop.performs()
    for _ in range(40):
        await shop.sweeps(after_s=10)
    balances = (await shop.session(issued.session_id)).balances
    assert (balances.refunded, balances.refund_in_flight) == (offer.amount_msat, 0)
    assert balances.hold
    assert dying.sent == (1 if after else 2)
    assert await shop.sandbox.spendable_msat() == 10_000_000 - offer.amount_msat
