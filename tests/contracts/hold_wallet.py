"""The contract of wallets with hold invoices: what is held can be taken or given back, once.

A subclass gives the fixture ``lab`` of ``tests.contracts.wallet``, whose driver's ``pays`` returns
when the payment has arrived, held or settled.
"""

import asyncio

import pytest

from app.charging.ports import (
    IncomingGone,
    IncomingHeld,
    IncomingOpen,
    IncomingSettled,
    Invoice,
    InvoiceRequest,
)
from app.invoices import decode
from app.wallets.asking import HoldWallet
from tests.contracts.wallet import DESCRIBED, Lab


def holder(lab: Lab) -> HoldWallet:
    assert lab.wallet.capabilities.hold_invoices
    assert isinstance(lab.wallet, HoldWallet)
    return lab.wallet


async def asks_for_hold(lab: Lab, sats: int = 50) -> Invoice:
    request = InvoiceRequest(sats * 1000, 600, described=DESCRIBED, hold=True)
    return await lab.wallet.create_invoice(request)


async def holds(lab: Lab, sats: int = 50) -> Invoice:
    invoice = await asks_for_hold(lab, sats)
    await lab.driver.pays(invoice.bolt11)
    return invoice


@pytest.mark.contracts
class HoldWalletContract:
    """Everything hold invoices do."""

    @pytest.fixture
    async def lab(self) -> Lab:
        """A wallet with nothing in it, and a driver with plenty."""
        raise NotImplementedError

    async def test_a_hold_invoice_says_what_was_asked(self, lab: Lab) -> None:
        invoice = await asks_for_hold(lab, sats=50)

        found = decode(invoice.bolt11)
        assert found.amount_msat == invoice.amount_msat == 50_000
        assert found.payment_hash == invoice.payment_hash
        assert await lab.wallet.look_up_incoming(invoice.payment_hash) == IncomingOpen()

    async def test_no_two_have_one_hash(self, lab: Lab) -> None:
        made = await asyncio.gather(*(asks_for_hold(lab) for _ in range(5)))

        assert len({invoice.payment_hash for invoice in made}) == 5

    async def test_what_arrives_is_held_and_not_yet_ours(self, lab: Lab) -> None:
        invoice = await holds(lab, sats=50)

        found = await lab.wallet.look_up_incoming(invoice.payment_hash)
        assert found == IncomingHeld(amount_msat=50_000)
        assert await lab.wallet.spendable_msat() == 0

    async def test_taking_it_twice_takes_it_once(self, lab: Lab) -> None:
        invoice = await holds(lab, sats=50)

        for _ in range(2):
            await holder(lab).settle_held(invoice.payment_hash)

        found = await lab.wallet.look_up_incoming(invoice.payment_hash)
        assert found == IncomingSettled(amount_msat=50_000)
        assert await lab.wallet.spendable_msat() == 50_000

    async def test_giving_it_back_twice_leaves_nothing(self, lab: Lab) -> None:
        invoice = await holds(lab, sats=50)

        for _ in range(2):
            await holder(lab).cancel_held(invoice.payment_hash)

        assert await lab.wallet.look_up_incoming(invoice.payment_hash) == IncomingGone()
        assert await lab.wallet.spendable_msat() == 0

    async def test_what_was_given_back_cannot_be_taken(self, lab: Lab) -> None:
        invoice = await holds(lab)
        await holder(lab).cancel_held(invoice.payment_hash)

        await holder(lab).settle_held(invoice.payment_hash)

        assert await lab.wallet.look_up_incoming(invoice.payment_hash) == IncomingGone()
        assert await lab.wallet.spendable_msat() == 0

    async def test_what_was_taken_cannot_be_given_back(self, lab: Lab) -> None:
        invoice = await holds(lab, sats=50)
        await holder(lab).settle_held(invoice.payment_hash)

        await holder(lab).cancel_held(invoice.payment_hash)

        found = await lab.wallet.look_up_incoming(invoice.payment_hash)
        assert found == IncomingSettled(amount_msat=50_000)

    async def test_an_open_one_that_is_cancelled_is_gone(self, lab: Lab) -> None:
        invoice = await asks_for_hold(lab)

        await holder(lab).cancel_held(invoice.payment_hash)

        assert await lab.wallet.look_up_incoming(invoice.payment_hash) == IncomingGone()
