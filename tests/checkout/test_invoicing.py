"""What is refused before an invoice exists, and what an invoice carries."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256

import pytest

from app.charging.errors import (
    BadInput,
    Conflict,
    NotFound,
    StorageThrottled,
    StromError,
    TooMany,
    Unavailable,
)
from app.charging.money import SATS
from app.charging.ports import Operation
from app.charging.pricing import plain_elements
from app.charging.session import Quote
from app.checkout.settings import CheckoutSettings
from app.invoices import decode
from app.records import rows
from app.records.keys import session_pk
from app.records.payers import Payers
from tests.checkout.world import BASE, OWNER, FakeWallet, Shop, can, legible, reprice


async def quote_token(shop: Shop) -> str:
    return (await shop.checkout.quote(await shop.offer())).token


async def refused(shop: Shop, error: type[StromError], text: str, token: str, msat: int) -> None:
    """The invoice is refused with this text, and the wallet was not asked for one."""
    before = sum("INVOICE#" in str(row["sk"]) for row in shop.tables.rows())
    with pytest.raises(error, match=text) as raised:
        await shop.checkout.invoice(token, msat)
    assert len(raised.value.message) <= 144
    assert sum("INVOICE#" in str(row["sk"]) for row in shop.tables.rows()) == before


async def test_a_pay_request_writes_nothing(shop: Shop) -> None:
    before = shop.tables.rows()
    await shop.checkout.quote(await shop.offer())
    assert shop.tables.rows() == before


async def test_an_invoice_hashes_the_very_metadata_that_was_quoted(shop: Shop) -> None:
    quote = await shop.checkout.quote(await shop.offer())
    shop.clock.at += timedelta(minutes=5)
    issued = await shop.checkout.invoice(quote.token, 5_000_000)
    invoice = decode(issued.bolt11)
    assert invoice.description_hash == sha256(quote.metadata.encode()).hexdigest()
    assert (invoice.amount_msat, issued.amount_msat) == (5_000_000, 5_000_000)
    assert invoice.payment_hash == issued.payment_hash


async def test_the_metadata_survives_a_new_label(shop: Shop) -> None:
    quote = await shop.checkout.quote(await shop.offer())
    place = rows.locations(shop.tables)
    old = await place.get(OWNER, "loc1")
    await place.replace(OWNER, old, replace(old, name="Elsewhere"))
    issued = await shop.checkout.invoice(quote.token, 5_000_000)
    assert decode(issued.bolt11).description_hash == sha256(quote.metadata.encode()).hexdigest()


async def test_payer_data_is_hashed_after_the_metadata(shop: Shop) -> None:
    quote = await shop.checkout.quote(await shop.offer())
    issued = await shop.checkout.invoice(quote.token, 5_000_000, payer_data='{"name":"Bo"}')
    text = quote.metadata + '{"name":"Bo"}'
    assert decode(issued.bolt11).description_hash == sha256(text.encode()).hexdigest()


async def test_the_metadata_names_price_place_and_address(shop: Shop) -> None:
    entries = dict(json.loads((await shop.checkout.quote(await shop.offer())).metadata))
    assert entries["text/plain"] == ("Charging at Garage left: 0.50 EUR/kWh (1 EUR = 1000 sats)")
    assert entries["text/identifier"] == "garage-1@strom.example"
    assert "Lindenstr. 1, 10969 Berlin" in entries["text/long-desc"]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "localhost", "10.0.0.7"])
async def test_an_address_that_is_no_internet_identifier_is_not_called_one(host: str) -> None:
    shop = await Shop(settings=CheckoutSettings(f"http://{host}")).opens()
    offer = await shop.offer()
    assert offer.address == f"garage-1@{host}"
    quote = await shop.checkout.quote(offer)
    assert "text/identifier" not in dict(json.loads(quote.metadata))
    issued = await shop.checkout.invoice(quote.token, 5_000_000)
    assert decode(issued.bolt11).description_hash == sha256(quote.metadata.encode()).hexdigest()


@pytest.mark.parametrize(
    ("told", "rung"), [("", BASE), ("http://10.0.0.7", "http://10.0.0.7"), (None, None)]
)
async def test_a_wallet_is_told_where_to_ring_if_it_can(told: str | None, rung: str | None) -> None:
    shop = await Shop(settings=CheckoutSettings(BASE, told)).opens()
    shop.wallets.wallet = wallet = FakeWallet()
    with pytest.raises(Unavailable):  # this one only listens
        await shop.checkout.invoice(await quote_token(shop), 5_000_000)
    url = wallet.invoices[0].webhook_url
    assert url is None if rung is None else url and url.startswith(f"{rung}/hooks/wallet/")


async def test_the_smallest_payment_is_whole_sats_and_buys_something(shop: Shop) -> None:
    quote = await shop.checkout.quote(await shop.offer())
    assert quote.min_msat == 5000  # 10 Wh at half a sat
    assert quote.min_msat % 1000 == 0


async def test_a_forged_quote_is_refused(shop: Shop) -> None:
    token = await quote_token(shop)
    for forged in ("", "x", token[:-1] + ("a" if token[-1] != "a" else "b"), "ü." + token):
        await refused(shop, NotFound, "not valid", forged, 5_000_000)
    body, mac = token.split(".")
    await refused(shop, NotFound, "not valid", f"{body[:-4]}AAAA.{mac}", 5_000_000)


async def test_an_old_quote_is_refused(shop: Shop) -> None:
    token = await quote_token(shop)
    shop.clock.at += timedelta(seconds=601)
    await refused(shop, Conflict, "expired", token, 5_000_000)


@pytest.mark.parametrize(
    ("amount_msat", "text"),
    [(4000, "smallest"), (0, "smallest"), (300_001_000, "largest"), (5_000_001, "whole sats")],
)
async def test_a_wrong_amount_is_refused(shop: Shop, amount_msat: int, text: str) -> None:
    await refused(shop, BadInput, text, await quote_token(shop), amount_msat)


async def test_a_comment_that_is_too_long_is_refused(shop: Shop) -> None:
    with pytest.raises(BadInput, match="140"):
        await shop.checkout.invoice(await quote_token(shop), 5_000_000, "ä" * 141)


async def test_a_comment_is_kept_with_the_payment(shop: Shop) -> None:
    issued = await shop.checkout.invoice(await quote_token(shop), 5_000_000, "ä" * 140)
    await shop.settles(issued)
    kept = [row["sk"] for row in shop.tables.rows() if "ä" * 140 in repr(row)]
    assert kept == ["PAYER"]
    assert (await Payers(shop.tables).find(OWNER, issued.session_id)).comment == "ä" * 140


async def test_a_comment_of_an_invoice_that_nobody_pays_is_forgotten_with_it(shop: Shop) -> None:
    await shop.checkout.invoice(await quote_token(shop), 5_000_000, "Danke und bis bald")
    assert any("Danke und bis bald" in legible(row) for row in shop.tables.rows())
    for _ in range(20):
        await shop.sweeps(after_s=600)
    assert not any("Danke" in legible(row) for row in shop.tables.rows())


async def test_what_changed_since_the_quote_is_noticed(shop: Shop) -> None:
    token = await quote_token(shop)
    await shop.goes_offline()
    await refused(shop, Unavailable, "offline", token, 5_000_000)
    await shop.comes_online()
    await shop.says(1, "Faulted")
    await refused(shop, Conflict, "fault", token, 5_000_000)
    await shop.says(1, "Available")
    await shop.change_tenant(status="suspended")
    await refused(shop, Unavailable, "not open", token, 5_000_000)
    await shop.change_tenant(status="active")
    await reprice(shop.tables)
    await refused(shop, Conflict, "price has changed", token, 5_000_000)


async def test_a_connector_that_was_paid_meanwhile_is_not_sold_again(shop: Shop) -> None:
    token = await quote_token(shop)
    await shop.pays()
    await refused(shop, Conflict, "In use", token, 5_000_000)


async def test_an_unreachable_wallet_makes_no_invoice(shop: Shop) -> None:
    token = await quote_token(shop)
    shop.wallets.wallet = FakeWallet(spendable=None)
    await refused(shop, Unavailable, "cannot be reached", token, 5_000_000)
    assert shop.wallets.wallet.invoices == []


async def test_a_wallet_that_cannot_pay_out_takes_no_money(shop: Shop) -> None:
    token = await quote_token(shop)
    shop.wallets.wallet = FakeWallet(can(pay=False))
    await refused(shop, Unavailable, "cannot pay refunds", token, 5_000_000)


async def test_a_wallet_short_of_refunds_is_refused_where_the_provider_says_so() -> None:
    for policy, sells in (("warn", True), ("refuse", False)):
        shop = await Shop(settings=CheckoutSettings(BASE, short_wallet=policy)).opens()  # type: ignore[arg-type]
        shop.owed.msat = 1
        token = await quote_token(shop)
        if sells:
            await shop.checkout.invoice(token, 5_000_000)
        else:
            await refused(shop, Unavailable, "refunds", token, 5_000_000)


async def test_a_wallet_that_fails_leaves_room_for_the_next(shop: Shop) -> None:
    token = await quote_token(shop)
    failing = FakeWallet()
    shop.wallets.wallet = failing
    for _ in range(25):
        with pytest.raises(Unavailable, match="cannot make"):
            await shop.checkout.invoice(token, 5_000_000)
    assert len(failing.invoices) == 25


async def test_open_invoices_of_a_connector_are_capped(shop: Shop) -> None:
    token = await quote_token(shop)
    for _ in range(20):
        await shop.checkout.invoice(token, 5_000_000)
    with pytest.raises(TooMany) as raised:
        await shop.checkout.invoice(token, 5_000_000)
    assert raised.value.retry_after_s == 600
    shop.clock.at += timedelta(seconds=600)
    await shop.asks()


async def test_two_at_once_are_both_counted(shop: Shop) -> None:
    token = await quote_token(shop)
    both = (shop.checkout.invoice(token, 5_000_000) for _ in range(2))
    first, second = await asyncio.gather(*both)
    assert first.session_id != second.session_id
    row = next(row for row in shop.tables.rows() if str(row["sk"]) == "OPEN#1")
    assert len(row["until_ms"]) == 2  # type: ignore[arg-type]  # a list of moments


async def test_an_invoice_that_nobody_would_ask_about_is_not_handed_out(shop: Shop) -> None:
    def full(operations: object) -> None:
        if any("E#await" in str(o.key.sk) for o in _list(operations)):
            raise StorageThrottled("full")

    token = await quote_token(shop)
    shop.tables.faults.before_write = full
    with pytest.raises(Unavailable, match="try again"):
        await shop.checkout.invoice(token, 5_000_000)


async def test_session_ids_name_a_session_and_fit_an_id_tag(shop: Shop) -> None:
    issued = await shop.asks()
    assert len(issued.session_id) == 16
    assert issued.session_id.isalnum()
    assert issued.session_id == issued.session_id.lower()


def _list(operations: object) -> list[Operation]:
    return list(operations)  # type: ignore[call-overload]  # a sequence


@pytest.mark.parametrize("hold", [True, False])
async def test_a_wallet_that_can_hold_is_asked_to(shop: Shop, hold: bool) -> None:
    shop.wallets.wallet = wallet = FakeWallet(can(hold=hold))
    with pytest.raises(Unavailable):
        await shop.checkout.invoice(await quote_token(shop), 5_000_000)
    assert [request.hold for request in wallet.invoices] == [hold]


async def test_the_most_power_of_the_connector_is_locked_in_the_quote(shop: Shop) -> None:
    offer = await shop.offer()
    assert offer.connector is not None
    issued = await shop.checkout.invoice(await quote_token(shop), 5_000_000)
    [owed] = await shop.flow.sessions.owed(OWNER, session_pk(OWNER, issued.session_id))
    assert owed.opening is not None
    assert owed.opening.quote.max_power_w == offer.connector.max_power_w


# --- what the books need -----------------------------------------------------------------------


async def priced_in_sats(shop: Shop) -> Quote:
    """The quote that is locked for a price of half a sat a Wh, set in sats."""
    await reprice(shop.tables, currency=SATS, elements=plain_elements(Decimal(500)))
    issued = await shop.asks()
    await shop.settles(issued)
    return (await shop.session(issued.session_id)).quote


async def test_a_price_in_sats_has_its_value_in_money_locked_for_the_books(shop: Shop) -> None:
    locked = await priced_in_sats(shop)
    assert locked.rate.currency == SATS
    assert locked.fiat is not None
    assert (locked.fiat.currency, locked.fiat.msat_per_unit) == ("EUR", Decimal(1_000_000))


async def test_nobody_is_turned_away_because_the_books_lack_a_rate(shop: Shop) -> None:
    shop.rates.known = False
    locked = await priced_in_sats(shop)
    assert (locked.rate.currency, locked.fiat) == (SATS, None)


async def test_a_price_in_money_is_its_own_value(shop: Shop) -> None:
    issued = await shop.asks()
    await shop.settles(issued)
    locked = (await shop.session(issued.session_id)).quote
    assert (locked.rate.currency, locked.fiat) == ("EUR", None)
