"""A zap's payer is known by the key that signed the request which was paid (NIP-57)."""

from __future__ import annotations

from hashlib import sha256

import pytest

from app.charging.errors import BadInput
from app.checkout.offers import IssuedInvoice
from app.checkout.payer_data import Zap
from app.invoices import decode
from app.records.payers import Payer, Payers
from tests.checkout.world import OWNER, Shop

KEY = "7f" * 32
REQUEST = '{"kind":9734,"content":"","pubkey":"' + KEY + '","tags":[["amount","5000000"]]}'


async def zaps(shop: Shop, *, payer_data: str | None = None, comment: str = "") -> IssuedInvoice:
    quote = await shop.checkout.quote(await shop.offer())
    zap = Zap(KEY, REQUEST)
    return await shop.checkout.invoice(quote.token, 5_000_000, comment, payer_data, zap)


async def test_the_invoice_is_over_the_request_as_it_came_and_nothing_else(shop: Shop) -> None:
    invoice = decode((await zaps(shop, comment="Danke")).bolt11)
    assert invoice.description_hash == sha256(REQUEST.encode()).hexdigest()


async def test_who_zapped_is_kept_beside_the_session_once_it_is_paid(shop: Shop) -> None:
    issued = await zaps(shop)
    assert await Payers(shop.tables).find(OWNER, issued.session_id) == Payer()

    await shop.settles(issued)

    assert await Payers(shop.tables).find(OWNER, issued.session_id) == Payer(nostr_key=KEY)
    hot = [row for row in shop.tables.rows() if row["sk"] == "SESSION"]
    assert KEY not in repr(hot)


async def test_a_key_and_a_pin_are_kept_together(shop: Shop) -> None:
    issued = await zaps(shop, comment="2580")
    await shop.settles(issued)

    payer = await Payers(shop.tables).find(OWNER, issued.session_id)
    assert payer.nostr_key == KEY
    assert await shop.checkout.link_by_pin("garage-1", None, "2580") == issued.session_token


async def test_an_invoice_that_nobody_pays_leaves_no_key(shop: Shop) -> None:
    await zaps(shop)
    for _ in range(20):
        await shop.sweeps(after_s=600)
    assert KEY not in repr(shop.tables.rows())


async def test_who_does_not_zap_has_no_key(shop: Shop) -> None:
    issued = await shop.pays(comment="2580")
    assert (await Payers(shop.tables).find(OWNER, issued.session_id)).nostr_key == ""


async def test_the_key_of_a_payment_is_no_other_payments(shop: Shop) -> None:
    """A request is public once it was paid: who sends it again pays for its signer."""
    first = await zaps(shop)
    await shop.settles(first)
    await shop.checkout.stop(first.session_token)
    second = await shop.pays()

    assert (await Payers(shop.tables).find(OWNER, second.session_id)).nostr_key == ""


async def test_what_is_not_hashed_is_not_taken(shop: Shop) -> None:
    with pytest.raises(BadInput, match="payer data"):
        await zaps(shop, payer_data='{"identifier":"bob@wallet.example"}')


@pytest.mark.parametrize("key", ["", "7f" * 31, "7F" * 32, "02" + "7f" * 32, "npub1xyz", "é" * 64])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(BadInput, match="Nostr"):
        Zap(key, REQUEST)
