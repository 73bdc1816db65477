"""Watching an invoice at LND, and every way in which the watch can end."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.charging.errors import Unavailable
from app.charging.ports import InvoiceRequest
from app.outbound import OutboundPolicy
from app.wallets.arrivals import Untold
from app.wallets.lnd import LndWallet
from app.wallets.lnd_backend import LndBackend
from app.wallets.lnd_paying import Deadlines
from app.wallets.never_sent import NeverSent
from app.wallets.opening import WatchedWallet
from tests.support.lnd_calls import ADMIN
from tests.support.lnd_descriptions import descriptions
from tests.support.lnd_service import LOCKED, LndService
from tests.wallets.lnd_world import connected, credentials, lnd, parts

PATH = "/v2/invoices/subscribe/"
PATIENCE_S = 10
HASH = "ab" * 32


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[LndService]:
    async with lnd(tmp_path) as service:
        yield service


@pytest.fixture
async def wallet(node: LndService) -> AsyncIterator[LndWallet]:
    wallet = connected(node)
    yield wallet
    await wallet.close()


async def an_invoice(wallet: LndWallet, *, hold: bool = True) -> str:
    request = InvoiceRequest(50_000, 600, memo="charge", hold=hold)
    return (await wallet.create_invoice(request)).payment_hash


async def begun(node: LndService, wallet: LndWallet, payment_hash: str) -> asyncio.Task[None]:
    watch = asyncio.create_task(wallet.arrival(payment_hash))
    async with asyncio.timeout(PATIENCE_S):
        while not node.streams:
            await asyncio.sleep(0.01)
    return watch


def error(code: int, words: str) -> tuple[int, object]:
    return 500, {"error": descriptions().message("rpcStatus", code=code, message=words)}


async def test_an_invoice_that_is_cancelled_has_something_to_look_at(
    node: LndService, wallet: LndWallet
) -> None:
    payment_hash = await an_invoice(wallet)
    watch = await begun(node, wallet, payment_hash)

    await wallet.cancel_held(payment_hash)

    await asyncio.wait_for(watch, PATIENCE_S)


async def test_a_stream_that_is_silent_for_long_is_given_up(node: LndService) -> None:
    """LND says the present state and then nothing: it may be there, or gone unheard."""
    wallet = connected(node, Deadlines(ask_s=20, pay_s=20, silence_s=0.3))
    payment_hash = await an_invoice(wallet)

    with pytest.raises(Unavailable):
        await asyncio.wait_for(wallet.arrival(payment_hash), PATIENCE_S)
    await wallet.close()


async def test_a_macaroon_that_may_not_read_invoices_ends_it_for_good(
    node: LndService, wallet: LndWallet
) -> None:
    node.faults.instead[PATH] = error(2, "permission denied")

    with pytest.raises(Untold):
        await wallet.arrival(HASH)


@pytest.mark.parametrize(
    "answer",
    [
        error(2, LOCKED),
        (502, "<html>bad gateway</html>"),
        (200, "[1, 2]\n"),
        (200, '{"result": {"state": "HOW"}}\n'),
        (200, ""),
        (200, "\n\n\n"),
        (200, "x" * 1_100_000),
    ],
)
async def test_what_says_nothing_of_the_invoice_is_no_arrival(
    node: LndService, wallet: LndWallet, answer: tuple[int, object]
) -> None:
    node.faults.instead[PATH] = answer

    with pytest.raises(Unavailable) as raised:
        await wallet.arrival(HASH)
    assert not isinstance(raised.value, Untold)


async def test_lines_may_come_in_pieces_and_many_at_once(
    node: LndService, wallet: LndWallet
) -> None:
    invoice = descriptions().message("lnrpcInvoice", state="OPEN")
    paid = descriptions().message("lnrpcInvoice", state="ACCEPTED", amt_paid_msat="50000")
    node.faults.instead[PATH] = (200, f"{line(invoice)}\n\n{line(invoice)}\n{line(paid)}")

    await asyncio.wait_for(wallet.arrival(HASH), PATIENCE_S)


def line(message: object) -> str:
    return json.dumps({"result": message})


async def test_closing_the_wallet_lets_a_watch_go_on_and_leaves_nothing_after_it(
    node: LndService, wallet: LndWallet
) -> None:
    payment_hash = await an_invoice(wallet)
    watch = await begun(node, wallet, payment_hash)

    await wallet.close()
    await node.network.pays(node.network.invoices[payment_hash].bolt11)

    await asyncio.wait_for(watch, PATIENCE_S)
    async with asyncio.timeout(PATIENCE_S):
        while node.streams:
            await asyncio.sleep(0.01)


async def test_only_allowed_addresses_are_watched(node: LndService) -> None:
    strict = OutboundPolicy()
    wallet = LndBackend().open(parts(strict), "t1", credentials(node))
    assert isinstance(wallet, WatchedWallet)

    with pytest.raises(NeverSent):
        await wallet.arrival(HASH)
    assert node.asked == []


async def test_the_macaroon_reaches_no_log_and_no_error(
    node: LndService, wallet: LndWallet, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    node.faults.instead[PATH] = error(2, LOCKED)

    with pytest.raises(Unavailable) as raised:
        await wallet.arrival(HASH)
    assert ADMIN not in raised.value.message + caplog.text
    assert node.asked[-1].macaroon == ADMIN
