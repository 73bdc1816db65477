"""Refunds that go to the driver's lightning address by themselves: exact, checked, once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.charging.errors import BadInput, Conflict, NotFound
from app.charging.ports import OutgoingFailed
from app.checkout.offering import MOST_ATTEMPTS
from app.invoices import MAINNET
from app.records import keys
from app.records.payers import Payer, Payers
from tests.checkout.address_book import BOB, METADATA
from tests.checkout.world import OWNER, FakeWallet, Shop, legible

SAID = json.dumps({"identifier": BOB, "name": "Bob", "email": "bob@mail.example"})


async def charged(shop: Shop, payer_data: str | None = SAID) -> Any:
    """7,000 sats are left."""
    return await shop.has_charged(payer_data=payer_data)


async def is_left_to_the_driver(shop: Shop, token: str) -> None:
    offer = await shop.checkout.withdraw_offer(token)
    assert (offer.state, offer.amount_msat) == ("offered", 7_000_000)
    assert (await shop.checkout.session(token)).refund_reach == "failed"


async def test_what_is_left_goes_to_the_address_that_came_with_the_payment(shop: Shop) -> None:
    issued = await charged(shop)
    await shop.performs()
    balances = (await shop.session(issued.session_id)).balances
    assert (balances.refunded, balances.refundable) == (7_000_000, 0)
    assert await shop.payer.has_received(OWNER, shop.addresses.hashes[0])
    request, callback = shop.addresses.asked
    assert str(request) == "https://wallet.example/.well-known/lnurlp/bob"
    assert dict(callback.params) == {"user": "7", "amount": "7000000"}


async def test_a_start_that_fails_goes_back_whole(shop: Shop) -> None:
    issued = await shop.pays(payer_data=SAID)
    await shop.checkout.stop(issued.session_token)
    await shop.performs()
    assert (await shop.session(issued.session_id)).balances.refunded == 10_000_000


async def test_only_what_is_used_of_the_payers_data_is_kept(shop: Shop) -> None:
    issued = await charged(shop)
    assert await Payers(shop.tables).find(OWNER, issued.session_id) == Payer(address=BOB)
    everything = "".join(map(legible, shop.tables.rows()))
    assert "bob@mail.example" not in everything
    hot = [row for row in shop.tables.rows() if row["sk"] == "SESSION"]
    assert BOB not in repr(hot)


async def test_an_unpaid_invoice_leaves_nothing_of_its_payer(shop: Shop) -> None:
    await shop.asks(payer_data=SAID)
    assert [row["sk"] for row in shop.tables.rows() if BOB in legible(row)] == [
        f"E#await.{(await awaited(shop))}"
    ]
    for _ in range(20):
        await shop.sweeps(after_s=600)
    assert not [row for row in shop.tables.rows() if BOB in legible(row)]


async def awaited(shop: Shop) -> str:
    return next(str(r["sk"])[8:] for r in shop.tables.rows() if str(r["sk"]).startswith("E#await"))


async def test_the_payment_commits_to_the_payers_data(shop: Shop) -> None:
    wallet = shop.wallets.wallet = FakeWallet()
    quote = await shop.checkout.quote(await shop.offer())
    with pytest.raises(Exception, match="cannot make an invoice"):
        await shop.checkout.invoice(quote.token, 10_000_000, "", SAID)
    assert wallet.invoices[0].described == quote.metadata + SAID


@pytest.mark.parametrize(
    "sent",
    [
        "{",
        "[]",
        '"x"',
        "null5",
        json.dumps({"identifier": 5}),
        json.dumps({"identifier": "not an address"}),
        json.dumps({"identifier": "bob@"}),
        json.dumps({"identifier": "bob@hidden.onion"}),
        json.dumps({"identifier": "garage-1@strom.example"}),
        json.dumps({"identifier": f"bob@wallet.example/{'x' * 300}"}),
        json.dumps({"auth": {"key": "02"}}),
    ],
)
async def test_payer_data_that_cannot_be_used_is_refused_before_money_moves(
    shop: Shop, sent: str
) -> None:
    with pytest.raises(BadInput):
        await shop.asks(payer_data=sent)


# --- nobody redirects it ---------------------------------------------------------------------


async def test_nobody_with_the_link_redirects_a_refund_on_its_way(shop: Shop) -> None:
    issued = await charged(shop)
    token = issued.session_token
    offer = await shop.checkout.withdraw_offer(token)
    assert (offer.state, offer.amount_msat) == ("in_flight", 0)
    with pytest.raises(Conflict, match="came with the payment"):
        await shop.checkout.claim_refund(token, offer.k1, await shop.refund_invoice(7_000_000))
    with pytest.raises(Conflict, match="came with the payment"):
        await shop.checkout.refund_to(token, "thief@wallet.example")
    await shop.performs()
    assert await shop.payer.has_received(OWNER, shop.addresses.hashes[0])


async def test_nobody_names_another_address_before_the_end_either(shop: Shop) -> None:
    issued = await shop.pays(payer_data=SAID)
    with pytest.raises(Conflict):
        await shop.checkout.refund_to(issued.session_token, "thief@wallet.example")
    assert (await shop.checkout.session(issued.session_token)).refund_reach == "fixed"


# --- an address named on the page --------------------------------------------------------------


async def test_the_driver_names_an_address_with_the_link(shop: Shop) -> None:
    issued = await shop.pays()
    await shop.checkout.refund_to(issued.session_token, " Bob@Wallet.example ")
    assert (await shop.checkout.session(issued.session_token)).refund_reach == "address"
    await shop.starts(issued.session_id)
    await shop.stops(issued.session_id, 6000)
    await shop.performs()
    assert await shop.payer.has_received(OWNER, shop.addresses.hashes[0])


async def test_after_the_end_it_works_as_well_and_once(shop: Shop) -> None:
    issued = await charged(shop, None)
    for _ in range(3):
        await shop.checkout.refund_to(issued.session_token, BOB)
    await shop.performs()
    assert len(shop.addresses.hashes) == 1
    assert (await shop.session(issued.session_id)).balances.refunded == 7_000_000


async def test_a_withdrawal_and_an_offer_race_for_one_refund(shop: Shop) -> None:
    issued = await charged(shop, None)
    await shop.checkout.refund_to(issued.session_token, BOB)
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    pr = await shop.refund_invoice(7_000_000)
    await shop.checkout.claim_refund(issued.session_token, offer.k1, pr)
    await shop.performs()
    assert shop.addresses.hashes == []
    assert await shop.sandbox.spendable_msat() == 3_000_000


@pytest.mark.parametrize("token", ["x", "owner0000001.s.mac", "é", ""])
async def test_without_the_link_nobody_names_one(shop: Shop, token: str) -> None:
    await charged(shop, None)
    with pytest.raises(NotFound):
        await shop.checkout.refund_to(token, BOB)


# --- what addresses may answer -------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        {"tag": "withdrawRequest"},
        {"minSendable": 7_000_001},
        {"maxSendable": 6_999_999},
        {"minSendable": "1000"},
        {"metadata": "not json"},
        {"metadata": "[]"},
        {"metadata": '[["text/identifier", "x"]]'},
        {"callback": "http://wallet.example/pay"},
        {"callback": "not a url"},
        {"callback": None},
        {"status": "ERROR", "reason": "no such user"},
        {"payerData": {"name": {"mandatory": True}}},
    ],
)
async def test_a_pay_request_that_does_not_fit_is_a_refusal(
    shop: Shop, request_: dict[str, Any]
) -> None:
    shop.addresses.change_request = request_
    issued = await charged(shop)
    await shop.performs()
    await is_left_to_the_driver(shop, issued.session_token)


@pytest.mark.parametrize(
    "draft",
    [
        {"amount_msat": 6_999_000},
        {"amount_msat": 7_001_000},
        {"description_hash": "00" * 32},
        {"description_hash": None, "memo": METADATA},
        {"network": MAINNET},
        {"expiry_s": 30},
    ],
)
async def test_an_invoice_that_does_not_fit_is_never_paid(
    shop: Shop, draft: dict[str, Any]
) -> None:
    shop.addresses.change_draft = draft
    issued = await charged(shop)
    await shop.performs()
    await is_left_to_the_driver(shop, issued.session_token)


@pytest.mark.parametrize("answer", [{"pr": "lnbc1"}, {"pr": 5}, {"status": "ERROR"}])
async def test_an_answer_without_invoice_is_a_refusal(shop: Shop, answer: dict[str, Any]) -> None:
    shop.addresses.change_answer = answer
    issued = await charged(shop)
    await shop.performs()
    await is_left_to_the_driver(shop, issued.session_token)


@pytest.mark.parametrize(
    "instead",
    [
        httpx.Response(404, text="<html>"),
        httpx.Response(200, text="x" * 600_000),
        httpx.Response(200, text="[" * 100_000),
        httpx.Response(302, headers={"location": "http://wallet.example/elsewhere"}),
    ],
)
async def test_nonsense_is_a_refusal(shop: Shop, instead: httpx.Response) -> None:
    shop.addresses.instead = lambda _: instead
    issued = await charged(shop)
    await shop.performs()
    await is_left_to_the_driver(shop, issued.session_token)


async def test_a_domain_may_send_us_on_to_its_wallet(shop: Shop) -> None:
    async def serve(request: httpx.Request) -> httpx.Response:
        if request.url.host == "wallet.example" and "lnurlp" in request.url.path:
            location = "https://hosting.example/.well-known/lnurlp/bob"
            return httpx.Response(301, headers={"location": location})
        shop.addresses.instead = None
        return await shop.addresses._answer(request)

    shop.addresses.http._transport = httpx.MockTransport(serve)
    issued = await charged(shop)
    await shop.performs()
    assert (await shop.session(issued.session_id)).balances.refunded == 7_000_000


# --- silence, and failure ------------------------------------------------------------------------


def silent(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectTimeout("silence")


@pytest.mark.parametrize("instead", [silent, lambda _: httpx.Response(503)])
async def test_silence_is_waited_out(shop: Shop, instead: Any) -> None:
    shop.addresses.instead = instead
    issued = await charged(shop)
    await shop.performs()
    assert (await shop.checkout.session(issued.session_token)).refund_state == "in_flight"
    shop.addresses.instead = None
    await shop.sweeps(after_s=3)
    await shop.performs()
    assert (await shop.session(issued.session_id)).balances.refunded == 7_000_000


async def test_silence_is_not_waited_out_for_ever(shop: Shop) -> None:
    shop.addresses.instead = silent
    issued = await charged(shop)
    began = shop.clock.now()
    await shop.performs()
    while (await shop.session(issued.session_id)).is_pushed:
        await shop.sweeps(after_s=60)
    assert timedelta(minutes=30) < shop.clock.now() - began < timedelta(hours=3)
    assert len(shop.addresses.asked) == MOST_ATTEMPTS + 1
    await is_left_to_the_driver(shop, issued.session_token)


async def test_an_invoice_that_fails_is_followed_by_another_later(shop: Shop) -> None:
    issued = await charged(shop)
    shop.wallets.wallet = FakeWallet(paying=[OutgoingFailed("insufficient balance")])
    await shop.performs()
    assert len(shop.addresses.hashes) == 1
    shop.wallets.wallet = shop.sandbox
    for _ in range(3):
        await shop.sweeps(after_s=61)
        await shop.performs()
    assert len(shop.addresses.hashes) == 2
    assert (await shop.session(issued.session_id)).balances.refunded == 7_000_000


async def test_a_process_that_died_after_asking_pays_one_invoice(shop: Shop) -> None:
    issued = await charged(shop)
    pk = keys.session_pk(OWNER, issued.session_id)
    owed = (await shop.flow.sessions.owed(OWNER, pk))[-1]
    assert await shop.flow.lease(owed)  # and asked, and died
    await shop.sweeps(after_s=100)
    await shop.performs()
    assert (await shop.session(issued.session_id)).balances.refunded == 7_000_000
    assert await shop.sandbox.spendable_msat() == 3_000_000


# --- a wallet that wants to be told (LUD-15) ---------------------------------------------------


async def test_a_wallet_is_told_of_money_that_came_late(shop: Shop) -> None:
    issued = await shop.pays()
    await shop.starts(issued.session_id)
    late = await shop.checkout.top_up(issued.session_token, 2_000_000)
    await shop.stops(issued.session_id, 6000)
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    pr = await shop.refund_invoice(offer.amount_msat)
    notify = "https://wallet.example/notify/7"
    await shop.checkout.claim_refund(issued.session_token, offer.k1, pr, notify)
    await shop.performs()
    assert shop.addresses.told == []
    await shop.settles(late)
    await shop.performs()
    assert shop.addresses.told == [notify]
    balance = await shop.checkout.balance(issued.session_token)
    assert (balance.state, balance.amount_msat) == ("offered", 2_000_000)


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "file:///etc/passwd", "https://" + "x" * 600])
async def test_a_url_that_cannot_be_told_is_no_reason_to_refuse_the_refund(
    shop: Shop, url: str
) -> None:
    issued = await charged(shop, None)
    offer = await shop.checkout.withdraw_offer(issued.session_token)
    pr = await shop.refund_invoice(offer.amount_msat)
    await shop.checkout.claim_refund(issued.session_token, offer.k1, pr, url)
    assert not (await shop.session(issued.session_id)).reach.known
