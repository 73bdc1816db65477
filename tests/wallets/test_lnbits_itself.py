"""What only a real LNbits can show: both sides of one payment in one wallet, what it gives away."""

from hashlib import sha256

import httpx

from app.charging.ports import (
    IncomingSettled,
    InvoiceRequest,
    OutgoingPaid,
)
from app.wallets.lnbits import LnbitsWallet
from app.wallets.opening import WatchedWallet
from tests.support.lnbits import LnbitsNode


async def test_an_owner_who_charges_at_home_pays_and_is_refunded_from_one_wallet(
    lnbits: LnbitsNode,
) -> None:
    keys = await lnbits.create_wallet("owner and driver", sats=1000)
    async with httpx.AsyncClient() as http:
        wallet = LnbitsWallet(http, lnbits.base_url, keys.adminkey)
        invoice = await wallet.create_invoice(InvoiceRequest(50_000, 600, memo="charge"))

        paid = await wallet.pay(invoice.bolt11, amount_msat=50_000, fee_limit_msat=5000)

        assert isinstance(paid, OutgoingPaid)
        found = await wallet.look_up_incoming(invoice.payment_hash)
        assert found == IncomingSettled(50_000)
        assert await wallet.look_up_outgoing(invoice.payment_hash) == paid
        assert await wallet.spendable_msat() == 1_000_000


async def test_an_invoice_paid_by_another_wallet_of_the_same_lnbits_is_not_paid_by_us(
    lnbits: LnbitsNode,
) -> None:
    """“Internal invoice already paid” answers ours, but it was not we who paid."""
    ours = await lnbits.create_wallet("owner", sats=1000)
    theirs = await lnbits.create_wallet("someone", sats=1000)
    payee = await lnbits.create_wallet("payee")
    bolt11 = await lnbits.create_invoice(payee, 300)
    await lnbits.pay_bolt11(theirs, bolt11)
    async with httpx.AsyncClient() as http:
        wallet = LnbitsWallet(http, lnbits.base_url, ours.adminkey)

        outcome = await wallet.pay(bolt11, amount_msat=300_000, fee_limit_msat=5000)

        assert not isinstance(outcome, OutgoingPaid)
        assert "already paid" in outcome.reason
        assert await wallet.spendable_msat() == 1_000_000


async def test_it_tells_preimages_to_anyone_and_is_not_taken_for_a_secret(
    lnbits: LnbitsNode,
) -> None:
    payer = await lnbits.create_wallet("payer", sats=1000)
    payee = await lnbits.create_wallet("payee")
    paid = await lnbits.pay_bolt11(payer, await lnbits.create_invoice(payee, 300))
    async with httpx.AsyncClient() as http:
        url = f"{lnbits.base_url}/api/v1/payments/{paid.payment_hash}"
        told = (await http.get(url)).json()  # without any key
        wallet = LnbitsWallet(http, lnbits.base_url, payee.adminkey)

    assert sha256(bytes.fromhex(told["preimage"])).hexdigest() == paid.payment_hash
    assert not wallet.capabilities.secret_preimage


def test_its_websocket_is_not_even_listened_to() -> None:
    """Whoever knows the key can speak there; webhooks ring, and the wallet is asked."""
    assert not issubclass(LnbitsWallet, WatchedWallet)
