"""Hold invoices of LND: only the wallet that made one can take it, in any process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.charging.errors import NotFound, Unavailable
from app.charging.ports import (
    IncomingGone,
    IncomingHeld,
    IncomingOpen,
    IncomingSettled,
    Invoice,
    InvoiceRequest,
)
from app.invoices import decode
from app.wallets.lnd import LndWallet
from app.wallets.lnd_api import LndApi
from app.wallets.lnd_invoices import HOLD_BLOCKS
from app.wallets.lnd_tls import PinnedHttp
from tests.support.lnd_calls import ADMIN
from tests.support.lnd_service import LndService
from tests.wallets.lnd_world import AT_HOME, connected, lnd
from tests.wallets.world import RealChance

HELD = InvoiceRequest(50_000, 600, described="Garage", hold=True)


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[LndService]:
    async with lnd(tmp_path) as service:
        yield service


@pytest.fixture
async def wallet(node: LndService) -> AsyncIterator[LndWallet]:
    opened = connected(node)
    yield opened
    await opened.close()


async def has_held(node: LndService, wallet: LndWallet) -> Invoice:
    invoice = await wallet.create_invoice(HELD)
    await node.network.pays(invoice.bolt11)
    return invoice


async def test_only_the_wallet_knows_what_settles_a_hold_invoice(
    node: LndService, wallet: LndWallet
) -> None:
    first, second = [await has_held(node, wallet) for _ in range(2)]

    asked = node.posted("/v2/invoices/hodl")
    assert asked[0]["memo"] != asked[1]["memo"]
    assert asked[0]["cltv_expiry"] == str(HOLD_BLOCKS)
    assert decode(first.bolt11).description is None  # the memo with the reference stays with LND
    stranger = LndWallet(
        LndApi(PinnedHttp(AT_HOME, frozenset([node.certificate.fingerprint])), node.url, ADMIN),
        "0201036c6e64" + "ee" * 40,
        RealChance(),
    )
    with pytest.raises(Unavailable, match="not held by this wallet"):
        await stranger.settle_held(second.payment_hash)
    assert await wallet.look_up_incoming(second.payment_hash) == IncomingHeld(50_000)
    await stranger.close()


async def test_another_process_can_take_what_is_held(node: LndService, wallet: LndWallet) -> None:
    invoice = await has_held(node, wallet)
    restarted = connected(node)

    await restarted.settle_held(invoice.payment_hash)

    assert await restarted.look_up_incoming(invoice.payment_hash) == IncomingSettled(50_000)
    await restarted.close()


async def test_a_hold_invoice_with_a_memo_can_be_settled(
    node: LndService, wallet: LndWallet
) -> None:
    invoice = await wallet.create_invoice(InvoiceRequest(50_000, 600, memo="Top-up", hold=True))
    assert (decode(invoice.bolt11).description or "").startswith("Top-up [strom ")
    await node.network.pays(invoice.bolt11)

    await wallet.settle_held(invoice.payment_hash)

    assert await wallet.look_up_incoming(invoice.payment_hash) == IncomingSettled(50_000)


async def test_an_unpaid_one_is_not_taken(node: LndService, wallet: LndWallet) -> None:
    invoice = await wallet.create_invoice(HELD)

    await wallet.settle_held(invoice.payment_hash)

    assert node.posted("/v2/invoices/settle") == []
    assert await wallet.look_up_incoming(invoice.payment_hash) == IncomingOpen()


@pytest.mark.parametrize("path", ["/v2/invoices/settle", "/v1/invoice/"])
async def test_a_settle_without_an_answer_is_unavailable_and_can_be_repeated(
    node: LndService, wallet: LndWallet, path: str
) -> None:
    invoice = await has_held(node, wallet)
    node.faults.broken[path] = 502
    with pytest.raises(Unavailable):
        await wallet.settle_held(invoice.payment_hash)

    node.faults.broken.clear()
    await wallet.settle_held(invoice.payment_hash)

    assert await wallet.look_up_incoming(invoice.payment_hash) == IncomingSettled(50_000)


async def test_a_cancel_without_an_answer_is_unavailable_and_can_be_repeated(
    node: LndService, wallet: LndWallet
) -> None:
    invoice = await has_held(node, wallet)
    node.faults.broken["/v2/invoices/cancel"] = 502
    with pytest.raises(Unavailable):
        await wallet.cancel_held(invoice.payment_hash)

    node.faults.broken.clear()
    await wallet.cancel_held(invoice.payment_hash)

    assert await wallet.look_up_incoming(invoice.payment_hash) == IncomingGone()


async def test_what_lnd_has_forgotten_after_cancelling_is_gone(
    node: LndService, wallet: LndWallet
) -> None:
    """``gc-canceled-invoices-on-the-fly``: in another process, too, once it has cancelled again."""
    node.network.forgets_cancelled = True
    invoice = await has_held(node, wallet)
    await wallet.cancel_held(invoice.payment_hash)
    assert await wallet.look_up_incoming(invoice.payment_hash) == IncomingGone()

    restarted = connected(node)
    with pytest.raises(NotFound):
        await restarted.look_up_incoming(invoice.payment_hash)
    await restarted.cancel_held(invoice.payment_hash)
    assert await restarted.look_up_incoming(invoice.payment_hash) == IncomingGone()
    await restarted.close()
