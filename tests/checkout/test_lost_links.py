"""The link is lost: who paid gets back to the charge, nobody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.charging.errors import BadInput, NotAllowed, NotFound, TooMany
from app.charging.ports import IncomingSettled
from app.charging.session import Phase
from app.checkout.errors import NotYetPaid
from app.checkout.offers import IssuedInvoice
from app.records.acts import Acts
from app.wallets.sandbox_book import SandboxBook
from tests.checkout.world import OWNER, FakeWallet, Shop

PIN = "2580"


async def by_pin(shop: Shop, pin: str = PIN, name: str = "garage-1") -> str:
    return await shop.checkout.link_by_pin(name, None, pin)


async def preimage_of(shop: Shop, issued: IssuedInvoice) -> str:
    booked = await SandboxBook(shop.tables, shop.clock, shop.chance, OWNER).find(
        issued.payment_hash
    )
    assert booked is not None
    return booked.preimage


# --- PIN (LUD-12) ------------------------------------------------------------------------------


async def test_a_comment_of_digits_is_a_pin_that_stops_and_claims(shop: Shop) -> None:
    issued = await shop.pays(comment=f" {PIN} ")
    await shop.starts(issued.session_id)
    token = await by_pin(shop)
    assert token == issued.session_token
    assert (await shop.checkout.stop(token)).stop_pending
    await shop.stops(issued.session_id, 6000)
    offer = await shop.checkout.withdraw_offer(await by_pin(shop))
    pr = await shop.refund_invoice(offer.amount_msat)
    await shop.checkout.claim_refund(token, offer.k1, pr)
    await shop.performs()
    assert (await shop.session(issued.session_id)).balances.refunded == 7_000_000


@pytest.mark.parametrize("comment", ["", "123", "123456789", "12 34", "PIN 1234", "١٢٣٤", "12.34"])
async def test_any_other_comment_is_none(shop: Shop, comment: str) -> None:
    await shop.pays(comment=comment)
    with pytest.raises((BadInput, NotAllowed)):
        await by_pin(shop, comment)
    with pytest.raises(NotAllowed):
        await by_pin(shop, "1234")


async def test_a_pin_is_kept_as_a_mac_alone(shop: Shop) -> None:
    await shop.pays(comment="90210")
    assert "90210" not in repr(shop.tables.rows())


async def test_an_unpaid_pin_opens_nothing(shop: Shop) -> None:
    await shop.asks(comment=PIN)
    with pytest.raises(NotAllowed):
        await by_pin(shop)


async def test_a_pin_may_be_guessed_five_times_an_hour(shop: Shop) -> None:
    await shop.pays(comment=PIN)
    for guess in range(5):
        with pytest.raises(NotAllowed):
            await by_pin(shop, f"{guess:04}")
    with pytest.raises(TooMany):
        await by_pin(shop, "0005")
    with pytest.raises(TooMany):
        await by_pin(shop)  # the right one too: it tells nothing
    shop.clock.at += timedelta(hours=1)
    assert await by_pin(shop)


async def test_a_pin_may_not_be_guessed_for_ever(shop: Shop) -> None:
    await shop.pays(comment=PIN)
    guessed = 0
    for _ in range(48):
        for _ in range(6):
            try:
                await by_pin(shop, f"{guessed:04}")
            except NotAllowed:
                guessed += 1
            except TooMany:
                break
        shop.clock.at += timedelta(hours=1)
    assert guessed == 20


async def test_guessing_at_one_charge_does_not_lock_the_next_drivers_pin(shop: Shop) -> None:
    first = await shop.pays(comment=PIN)
    await shop.checkout.stop(first.session_token)
    for _ in range(5):
        with pytest.raises(NotAllowed):
            await by_pin(shop, "0000")
    second = await shop.pays(comment="7777")
    assert await by_pin(shop, "7777") == second.session_token


async def test_a_pin_ends_with_its_time(shop: Shop) -> None:
    issued = await shop.pays(comment=PIN)
    await shop.checkout.stop(issued.session_token)
    shop.clock.at += timedelta(days=4)
    with pytest.raises(NotAllowed):
        await by_pin(shop)


async def test_a_pin_opens_its_own_connector_alone() -> None:
    shop = await Shop(plugs=2).opens()
    await shop.pays(comment=PIN)
    with pytest.raises(NotAllowed):
        await by_pin(shop, name="garage-2")
    with pytest.raises(NotFound):
        await by_pin(shop, name="nobody")


# --- the preimage --------------------------------------------------------------------------------


async def test_who_knows_the_preimage_gets_a_link_and_the_old_one_ends(shop: Shop) -> None:
    issued = await shop.pays()
    proof = await preimage_of(shop, issued)
    token = await shop.checkout.link_by_preimage("garage-1", None, f" {proof.upper()} ")
    assert token != issued.session_token
    assert (await shop.checkout.session(token)).phase == Phase.STARTING
    for forbidden in (shop.checkout.session, shop.checkout.stop, shop.checkout.withdraw_offer):
        with pytest.raises(NotFound, match="replaced"):
            await forbidden(issued.session_token)


async def test_with_a_wallet_that_tells_preimages_to_anyone_they_prove_nothing(
    shop: Shop,
) -> None:
    issued = await shop.pays()
    proof = await preimage_of(shop, issued)
    capabilities = shop.sandbox.capabilities
    blabs = type(capabilities)(True, False, 1000, True, secret_preimage=False)
    shop.wallets.wallet = FakeWallet(blabs, incoming=[IncomingSettled(10_000_000)])
    with pytest.raises(NotAllowed, match="owner"):
        await shop.checkout.link_by_preimage("garage-1", None, proof)
    assert (await shop.checkout.session(issued.session_token)).id == issued.session_id


@pytest.mark.parametrize("proof", ["", "00" * 32, "zz" * 32, "00" * 31, "é" * 64])
async def test_anything_else_proves_nothing(shop: Shop, proof: str) -> None:
    await shop.pays()
    with pytest.raises((BadInput, NotAllowed)):
        await shop.checkout.link_by_preimage("garage-1", None, proof)


async def test_an_unpaid_invoices_preimage_proves_nothing(shop: Shop) -> None:
    issued = await shop.asks()
    proof = await preimage_of(shop, issued)
    with pytest.raises(NotAllowed):
        await shop.checkout.link_by_preimage("garage-1", None, proof)


# --- the owner -----------------------------------------------------------------------------------


async def test_the_owner_sends_a_new_link(shop: Shop) -> None:
    issued = await shop.has_charged()
    first = await shop.checkout.renew_link(OWNER, issued.session_id, "ada@example.org")
    second = await shop.checkout.renew_link(OWNER, issued.session_id, "ada@example.org")
    assert len({issued.session_token, first, second}) == 3
    assert (await shop.checkout.withdraw_offer(second)).amount_msat == 7_000_000
    with pytest.raises(NotFound):
        await shop.checkout.session(first)
    acts = await Acts(shop.tables).of(OWNER, issued.session_id)
    assert [act.who for act in acts][-1] == "ada@example.org"
    with pytest.raises(NotFound):
        await shop.checkout.renew_link("another00001", issued.session_id, "eve@example.org")


# --- a page's address ----------------------------------------------------------------------------


async def test_an_invoices_page_learns_the_link_when_it_is_paid_and_not_before(shop: Shop) -> None:
    issued = await shop.asks()
    page = shop.checkout.page_token(issued)
    assert issued.session_token not in page
    assert (await shop.checkout.paid_page(page)).session_token == ""
    await shop.settles(issued)
    shop.clock.at += timedelta(seconds=3)
    assert (await shop.checkout.paid_page(page)).session_token == issued.session_token


async def test_who_asked_and_did_not_pay_learns_nothing(shop: Shop) -> None:
    issued = await shop.asks()
    with pytest.raises(NotYetPaid):
        await shop.checkout.session(issued.session_token)
    for token in (shop.checkout.verify_token(issued), issued.session_token, "x", "é"):
        with pytest.raises(NotFound):
            await shop.checkout.paid_page(token)


async def test_the_public_verify_link_of_a_paid_invoice_leads_to_no_session(shop: Shop) -> None:
    issued = await shop.pays()
    verify = shop.checkout.verify_token(issued)
    assert (await shop.checkout.verified(verify)).settled
    with pytest.raises(NotFound):
        await shop.checkout.paid_page(verify)
    with pytest.raises(NotFound):
        await shop.checkout.session(verify)
