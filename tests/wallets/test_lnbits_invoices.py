"""An invoice of LNbits is believed only where it is what was asked for."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from app.charging.errors import NotFound, Unavailable
from app.charging.ports import IncomingGone, IncomingOpen, IncomingSettled, InvoiceRequest
from app.wallets.lnbits_api import LnbitsApi
from tests.wallets.fake_lnbits import HASH, FakeLnbits, an_invoice, found, row

DESCRIBED = '[["text/plain","Garage"]]'
REQUEST = InvoiceRequest(amount_msat=300_000, expiry_s=600, described=DESCRIBED)


def made(bolt11: str, payment_hash: str = HASH) -> httpx.Response:
    return httpx.Response(201, json={"bolt11": bolt11, "payment_hash": payment_hash})


async def test_the_text_is_sent_as_hex_and_the_amount_as_whole_sats() -> None:
    lnbits = FakeLnbits(post=[made(an_invoice(described=DESCRIBED))])

    invoice = await lnbits.wallet().create_invoice(REQUEST)

    assert invoice.payment_hash == HASH
    assert lnbits.posted() == [
        {
            "out": False,
            "unit": "sat",
            "amount": 300,
            "expiry": 600,
            "unhashed_description": DESCRIBED.encode().hex(),
        }
    ]


@pytest.mark.parametrize(
    "answer",
    [
        made(an_invoice(sats=299, described=DESCRIBED)),
        made(an_invoice(described=DESCRIBED + " ")),
        made(an_invoice(memo=DESCRIBED)),
        made(an_invoice(described=DESCRIBED), payment_hash="ff" * 32),
        made("lnbc1nonsense"),
        httpx.Response(201, json={}),
        httpx.Response(201, text="<html>"),
        httpx.Response(520, json={"detail": "node down", "status": "failed"}),
        httpx.Response(307, headers={"location": "https://elsewhere.example"}),
        httpx.ReadTimeout("slow"),
    ],
)
async def test_a_wrong_answer_makes_no_invoice(answer: httpx.Response | Exception) -> None:
    lnbits = FakeLnbits(post=[answer])

    with pytest.raises(Unavailable):
        await lnbits.wallet().create_invoice(REQUEST)

    assert {request.url.host for request in lnbits.requests} == {"lnbits.example"}


async def test_a_webhook_that_lnbits_does_not_allow_is_left_out() -> None:
    """It is a hint; at home, LNbits refuses addresses of the local network."""
    refused = httpx.Response(400, json={"detail": "Callback URL origin is not allowed."})
    lnbits = FakeLnbits(post=[refused, made(an_invoice(memo="m"))])

    request = InvoiceRequest(300_000, 600, memo="m", webhook_url="http://10.0.0.2/w/secret")
    invoice = await lnbits.wallet().create_invoice(request)

    assert invoice.amount_msat == 300_000
    assert ["webhook" in body for body in lnbits.posted()] == [True, False]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("pending", IncomingOpen()),
        ("success", IncomingSettled(300_000)),
        ("failed", IncomingGone()),
        ("something new", IncomingOpen()),
    ],
)
async def test_the_record_decides(
    status: str, expected: IncomingOpen | IncomingSettled | IncomingGone
) -> None:
    wallet = FakeLnbits(payment=[found(row(status, amount_msat=300_000))]).wallet()

    assert await wallet.look_up_incoming(HASH) == expected


async def test_an_invoice_paid_from_the_same_wallet_is_settled() -> None:
    """GET shows the outgoing row of the two; the list shows both."""
    both = [row(), row("success", amount_msat=300_000)]
    lnbits = FakeLnbits(payment=[found(row())], listed=httpx.Response(200, json=both))

    assert await lnbits.wallet().look_up_incoming(HASH) == IncomingSettled(300_000)


async def test_a_payment_we_sent_elsewhere_is_no_invoice_of_ours() -> None:
    lnbits = FakeLnbits(payment=[found(row())], listed=httpx.Response(200, json=[row()]))

    with pytest.raises(NotFound):
        await lnbits.wallet().look_up_incoming(HASH)


async def test_the_answer_about_another_hash_is_not_taken() -> None:
    wallet = FakeLnbits(payment=[found(row(amount_msat=1, payment_hash="ff" * 32))]).wallet()

    with pytest.raises(Unavailable):
        await wallet.look_up_incoming(HASH)


async def test_an_endless_answer_is_cut_off() -> None:
    lnbits = FakeLnbits(balance=httpx.Response(200, content=b" " * 1_100_000 + b'{"balance": 1}'))

    with pytest.raises(Unavailable):
        await lnbits.wallet().spendable_msat()


async def test_an_answer_that_drips_for_ever_meets_the_deadline() -> None:
    """Every single read is in time; only the whole takes too long."""

    async def drip() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.01)
            yield b" "

    async def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=drip())

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        api = LnbitsApi(http, "https://lnbits.example", "key")
        with pytest.raises(Unavailable, match="in time"):
            await api.get("/api/v1/wallet", deadline_s=0.2)
