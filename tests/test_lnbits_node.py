"""The real LNbits that the journeys pay with does what they take for granted."""

import pytest

from tests.support.lnbits import LnbitsError, LnbitsNode, as_lnurl


async def test_two_wallets_pay_each_other(lnbits: LnbitsNode) -> None:
    driver = await lnbits.create_wallet("driver", sats=5_000)
    owner = await lnbits.create_wallet("owner")

    paid = await lnbits.pay_bolt11(driver, await lnbits.create_invoice(owner, 1_200))

    assert paid.amount_msat == -1_200_000
    assert (await lnbits.payment(driver, paid.payment_hash)).is_paid
    assert (await lnbits.payment(owner, paid.payment_hash)).is_paid
    assert await lnbits.balance_sats(driver) == 3_800
    assert await lnbits.balance_sats(owner) == 1_200

    await lnbits.pay_bolt11(owner, await lnbits.create_invoice(driver, 200))

    assert await lnbits.balance_sats(driver) == 4_000
    assert await lnbits.balance_sats(owner) == 1_000


async def test_an_empty_wallet_cannot_pay(lnbits: LnbitsNode) -> None:
    poor = await lnbits.create_wallet("poor")
    owner = await lnbits.create_wallet("owner")

    with pytest.raises(LnbitsError, match=r"(?i)insufficient balance"):
        await lnbits.pay_bolt11(poor, await lnbits.create_invoice(owner, 10))

    assert await lnbits.balance_sats(owner) == 0


def test_an_address_here_becomes_the_lnurl_of_its_url() -> None:
    address = as_lnurl("garage@127.0.0.1:8000")

    assert address.startswith(("LNURL1", "lnurl1"))
    assert as_lnurl("http://127.0.0.1:8000/.well-known/lnurlp/garage") == address
    assert as_lnurl("lnurlp://127.0.0.1:8000/.well-known/lnurlp/garage") == address
    assert as_lnurl(f"lightning:{address}") == address
