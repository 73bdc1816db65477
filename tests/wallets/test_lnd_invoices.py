"""Invoices of LND: what is asked of it, and what is believed."""

from base64 import b64decode
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from app.charging.errors import Unavailable
from app.charging.ports import (
    IncomingSettled,
    InvoiceRequest,
)
from app.invoices import REGTEST, InvoiceDraft, sign
from app.wallets.lnd import LndWallet
from tests.support.lnd_descriptions import descriptions
from tests.support.lnd_network import NODE_KEY
from tests.support.lnd_service import LndService
from tests.wallets.lnd_world import connected, credentials, lnd, parts

DESCRIBED = '[["text/plain","Garage"]]'
REQUEST = InvoiceRequest(50_000, 600, described=DESCRIBED)


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[LndService]:
    async with lnd(tmp_path) as service:
        yield service


@pytest.fixture
async def wallet(node: LndService) -> AsyncIterator[LndWallet]:
    opened = connected(node)
    yield opened
    await opened.close()


async def test_the_request_is_in_lnds_words(node: LndService, wallet: LndWallet) -> None:
    await wallet.create_invoice(REQUEST)

    asked = node.posted("/v1/invoices")[0]
    assert asked["value_msat"] == "50000"
    assert asked["expiry"] == "600"
    assert b64decode(asked["description_hash"]) == sha256(DESCRIBED.encode()).digest()
    assert asked["private"] is True
    assert "memo" not in asked


@pytest.mark.parametrize(("entered", "private"), [("", True), ("yes", True), ("No", False)])
async def test_hints_to_private_channels_are_the_owners_choice(
    node: LndService, entered: str, private: bool
) -> None:
    from app.wallets.connections import BACKENDS

    wallet = BACKENDS["lnd"].open(parts(), "t1", credentials(node, private_hints=entered))

    invoice = await wallet.create_invoice(REQUEST)

    assert node.network.invoices[invoice.payment_hash].is_private is private
    await wallet.close()


def another(**changed: object) -> dict[str, object]:
    """LND's answer with an invoice that differs from what was asked."""
    told = {
        "amount_msat": 50_000,
        "described": DESCRIBED,
        "stated_hash": "ab" * 32,
        **changed,
    }
    draft = InvoiceDraft(
        network=REGTEST,
        amount_msat=int(str(told["amount_msat"])),
        payment_hash="ab" * 32,
        payment_secret="cd" * 32,
        created_at=LndService().network.now(),
        expiry_s=600,
        description_hash=sha256(str(told["described"]).encode()).hexdigest(),
    )
    return {
        "r_hash": base64_of(str(told["stated_hash"])),
        "payment_request": sign(draft, NODE_KEY),
    }


def base64_of(text: str) -> str:
    from app.wallets.lnd_invoices import to_base64

    return to_base64(bytes.fromhex(text))


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (another(amount_msat=49_000), "another amount"),
        (another(described="something else"), "another description hash"),
        (another(stated_hash="ac" * 32), "another payment hash"),
        ({"payment_request": "lnbc1"}, "no invoice"),
        ({"payment_request": ""}, "no invoice"),
    ],
)
async def test_an_invoice_that_was_not_asked_for_is_not_handed_on(
    node: LndService, wallet: LndWallet, answer: dict[str, object], wrong: str
) -> None:
    node.faults.instead["/v1/invoices"] = (200, answer)

    with pytest.raises(Unavailable, match=wrong):
        await wallet.create_invoice(REQUEST)


@pytest.mark.parametrize("status", [200, 500, 502])
async def test_no_invoice_is_an_unavailable_wallet(
    node: LndService, wallet: LndWallet, status: int
) -> None:
    node.faults.instead["/v1/invoices"] = (status, "<html>")
    with pytest.raises(Unavailable):
        await wallet.create_invoice(REQUEST)

    node.faults.instead.clear()
    node.faults.is_locked = True
    with pytest.raises(Unavailable, match="locked"):
        await wallet.create_invoice(REQUEST)


@pytest.mark.parametrize(
    "answer",
    [
        (404, "<html>"),
        (404, descriptions().message("rpcStatus", code=5, message="Not Found")),
        (500, descriptions().message("rpcStatus", code=2, message="permission denied")),
        (200, {}),
        (200, {"state": "PAID"}),
        (200, {"state": "SETTLED", "amt_paid_msat": "a lot"}),
    ],
)
async def test_what_is_not_lnds_word_says_nothing_of_an_invoice(
    node: LndService, wallet: LndWallet, answer: tuple[int, object]
) -> None:
    """Above all not that it is unknown, gone or paid."""
    node.faults.instead["/v1/invoice/"] = answer

    with pytest.raises(Unavailable):
        await wallet.look_up_incoming("ab" * 32)


async def test_more_than_was_asked_is_counted(node: LndService, wallet: LndWallet) -> None:
    invoice = await wallet.create_invoice(REQUEST)
    await node.network.pays(invoice.bolt11)
    node.network.invoices[invoice.payment_hash].paid_msat = 51_000

    assert await wallet.look_up_incoming(invoice.payment_hash) == IncomingSettled(51_000)
