"""The contract of the ``Wallet`` port: one suite for every backend.

A subclass gives the fixture ``lab``: the wallet under test and a driver in the same network.
"""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol

import pytest

from app.charging.errors import BadInput, NotFound
from app.charging.ports import (
    IncomingGone,
    IncomingOpen,
    IncomingSettled,
    Invoice,
    InvoiceRequest,
    Outgoing,
    OutgoingFailed,
    OutgoingPaid,
    OutgoingUnknown,
    Wallet,
)
from app.invoices import InvoiceDraft, decode, sign

FEE_LIMIT_MSAT = 10_000
DESCRIBED = '[["text/plain","Garage, 0.35 €/kWh"],["text/identifier","garage@strom.example"]]'


class Driver(Protocol):
    """The other side of the network: it pays the owner and makes invoices for refunds."""

    async def pays(self, bolt11: str) -> None: ...

    async def makes_invoice(self, amount_msat: int) -> str: ...

    async def has_received(self, payment_hash: str) -> bool: ...


@dataclass
class Lab:
    """A wallet under test. ``expiry_passes`` waits until an invoice of one second is over."""

    wallet: Wallet
    driver: Driver
    network: str

    async def expiry_passes(self) -> None:
        raise NotImplementedError

    async def has_invoice(self, sats: int = 50, expiry_s: int = 600) -> Invoice:
        request = InvoiceRequest(amount_msat=sats * 1000, expiry_s=expiry_s, described=DESCRIBED)
        return await self.wallet.create_invoice(request)

    async def has_received(self, sats: int) -> Invoice:
        invoice = await self.has_invoice(sats)
        await self.driver.pays(invoice.bolt11)
        return invoice

    async def refunds(self, bolt11: str) -> Outgoing:
        amount_msat = decode(bolt11).amount_msat
        assert amount_msat is not None
        return await self.wallet.pay(bolt11, amount_msat=amount_msat, fee_limit_msat=FEE_LIMIT_MSAT)

    def invoice_nobody_will_settle(self, sats: int, now_s: int) -> str:
        """Well signed, of the wallet's network, by a node that does not exist."""
        draft = InvoiceDraft(
            network=self.network,
            amount_msat=sats * 1000,
            payment_hash=secrets.token_hex(32),
            payment_secret=secrets.token_hex(32),
            created_at=datetime.fromtimestamp(now_s, UTC),
            expiry_s=3600,
            memo="nobody",
        )
        return sign(draft, b"\x07" * 32)


def payment_hash(bolt11: str) -> str:
    return decode(bolt11).payment_hash


@pytest.mark.contracts
class WalletContract:
    """Everything a wallet does."""

    @pytest.fixture
    async def lab(self) -> Lab:
        """A wallet with nothing in it, and a driver with plenty."""
        raise NotImplementedError

    # --- invoices ---

    async def test_an_invoice_says_what_was_asked(self, lab: Lab) -> None:
        invoice = await lab.has_invoice(sats=50, expiry_s=600)

        found = decode(invoice.bolt11)
        assert found.amount_msat == invoice.amount_msat == 50_000
        assert found.payment_hash == invoice.payment_hash
        assert found.description_hash == sha256(DESCRIBED.encode()).hexdigest()
        assert found.expires_at == invoice.expires_at
        assert (found.expires_at - found.created_at).total_seconds() == 600
        assert found.network == lab.network

    async def test_an_invoice_can_carry_a_memo(self, lab: Lab) -> None:
        request = InvoiceRequest(amount_msat=7000, expiry_s=600, memo="Top-up, Säule 3")

        invoice = await lab.wallet.create_invoice(request)

        assert decode(invoice.bolt11).description == "Top-up, Säule 3"

    @pytest.mark.parametrize("amount_msat", [0, -1000, 1, 999, 50_001])
    async def test_an_amount_the_wallet_cannot_represent_is_refused(
        self, lab: Lab, amount_msat: int
    ) -> None:
        assert lab.wallet.capabilities.smallest_unit_msat == 1000
        with pytest.raises(BadInput):
            await lab.wallet.create_invoice(
                InvoiceRequest(amount_msat=amount_msat, expiry_s=600, memo="odd")
            )

    async def test_an_invoice_is_open_until_it_is_paid_then_settled(self, lab: Lab) -> None:
        invoice = await lab.has_invoice(sats=50)
        assert await lab.wallet.look_up_incoming(invoice.payment_hash) == IncomingOpen()

        await lab.driver.pays(invoice.bolt11)

        for _ in range(2):
            settled = await lab.wallet.look_up_incoming(invoice.payment_hash)
            assert settled == IncomingSettled(amount_msat=50_000)
        assert await lab.wallet.spendable_msat() == 50_000

    async def test_an_invoice_whose_time_is_over_is_gone(self, lab: Lab) -> None:
        invoice = await lab.has_invoice(expiry_s=1)

        await lab.expiry_passes()

        assert await lab.wallet.look_up_incoming(invoice.payment_hash) == IncomingGone()
        assert await lab.wallet.spendable_msat() == 0

    async def test_a_paid_invoice_stays_settled_after_its_time(self, lab: Lab) -> None:
        invoice = await lab.has_invoice(sats=50, expiry_s=2)
        await lab.driver.pays(invoice.bolt11)

        await lab.expiry_passes()

        found = await lab.wallet.look_up_incoming(invoice.payment_hash)
        assert found == IncomingSettled(amount_msat=50_000)

    async def test_an_invoice_of_somebody_else_is_not_known(self, lab: Lab) -> None:
        theirs = await lab.driver.makes_invoice(5000)

        for unknown in ("0" * 64, payment_hash(theirs)):
            with pytest.raises(NotFound):
                await lab.wallet.look_up_incoming(unknown)

    # --- refunds ---

    async def test_a_refund_arrives_and_the_balance_is_exact(self, lab: Lab) -> None:
        await lab.has_received(sats=1000)
        refund = await lab.driver.makes_invoice(300_000)

        paid = await lab.refunds(refund)

        assert isinstance(paid, OutgoingPaid)
        assert await lab.driver.has_received(payment_hash(refund))
        assert await lab.wallet.spendable_msat() == 1_000_000 - 300_000 - paid.fee_msat
        assert await lab.wallet.look_up_outgoing(payment_hash(refund)) == paid
        if paid.preimage is not None:
            assert sha256(bytes.fromhex(paid.preimage)).hexdigest() == payment_hash(refund)

    async def test_sending_a_refund_again_pays_once(self, lab: Lab) -> None:
        assert lab.wallet.capabilities.resend_is_harmless
        await lab.has_received(sats=1000)
        refund = await lab.driver.makes_invoice(300_000)

        outcomes = [await lab.refunds(refund) for _ in range(3)]

        assert all(isinstance(outcome, OutgoingPaid) for outcome in outcomes)
        assert await lab.wallet.spendable_msat() == 700_000

    async def test_a_refund_sent_many_times_at_once_pays_once(self, lab: Lab) -> None:
        await lab.has_received(sats=1000)
        refund = await lab.driver.makes_invoice(300_000)

        outcomes = await asyncio.gather(*(lab.refunds(refund) for _ in range(5)))

        assert any(isinstance(outcome, OutgoingPaid) for outcome in outcomes)
        assert not any(isinstance(outcome, OutgoingFailed) for outcome in outcomes)
        assert isinstance(await lab.wallet.look_up_outgoing(payment_hash(refund)), OutgoingPaid)
        assert await lab.wallet.spendable_msat() == 700_000

    async def test_many_refunds_at_once_never_overdraw(self, lab: Lab) -> None:
        await lab.has_received(sats=1000)
        refunds = [await lab.driver.makes_invoice(300_000) for _ in range(5)]

        outcomes = await asyncio.gather(*(lab.refunds(refund) for refund in refunds))

        paid = [outcome for outcome in outcomes if isinstance(outcome, OutgoingPaid)]
        failed = [outcome for outcome in outcomes if isinstance(outcome, OutgoingFailed)]
        assert len(paid) == 3
        assert len(failed) == 2
        assert await lab.wallet.spendable_msat() == 100_000

    async def test_too_little_balance_is_definite_failure_and_can_be_paid_later(
        self, lab: Lab
    ) -> None:
        await lab.has_received(sats=10)
        refund = await lab.driver.makes_invoice(300_000)

        failed = await lab.refunds(refund)

        assert isinstance(failed, OutgoingFailed)
        assert "balance" in failed.reason.lower()
        assert not await lab.driver.has_received(payment_hash(refund))
        assert await lab.wallet.spendable_msat() == 10_000

        await lab.has_received(sats=1000)
        assert isinstance(await lab.refunds(refund), OutgoingPaid)

    async def test_what_was_never_sent_is_unknown_and_not_known_to_the_wallet(
        self, lab: Lab
    ) -> None:
        refund = await lab.driver.makes_invoice(300_000)

        for unknown in ("0" * 64, payment_hash(refund)):
            found = await lab.wallet.look_up_outgoing(unknown)
            assert isinstance(found, OutgoingUnknown)
            assert not found.known_to_wallet

    async def test_a_payment_received_is_no_payment_sent(self, lab: Lab) -> None:
        """Both sides of one hash may lie in one wallet service: the side is told apart."""
        received = await lab.has_received(sats=50)

        found = await lab.wallet.look_up_outgoing(received.payment_hash)

        assert isinstance(found, OutgoingUnknown)
        assert not found.known_to_wallet

    async def test_a_payment_sent_is_no_payment_received(self, lab: Lab) -> None:
        await lab.has_received(sats=1000)
        refund = await lab.driver.makes_invoice(300_000)
        await lab.refunds(refund)

        with pytest.raises(NotFound):
            await lab.wallet.look_up_incoming(payment_hash(refund))

    async def test_another_amount_than_agreed_is_not_sent(self, lab: Lab) -> None:
        await lab.has_received(sats=1000)
        refund = await lab.driver.makes_invoice(300_000)

        failed = await lab.wallet.pay(refund, amount_msat=299_000, fee_limit_msat=FEE_LIMIT_MSAT)

        assert isinstance(failed, OutgoingFailed)
        assert await lab.wallet.spendable_msat() == 1_000_000

    async def test_what_cannot_be_paid_fails_and_costs_nothing(self, lab: Lab) -> None:
        received = await lab.has_received(sats=1000)
        now_s = int(received.expires_at.timestamp()) - 600
        nobody = lab.invoice_nobody_will_settle(sats=100, now_s=now_s)

        assert isinstance(await lab.refunds(nobody), OutgoingFailed)

        assert not isinstance(await lab.wallet.look_up_outgoing(payment_hash(nobody)), OutgoingPaid)
        assert await lab.wallet.spendable_msat() == 1_000_000

    async def test_what_is_no_invoice_fails(self, lab: Lab) -> None:
        failed = await lab.wallet.pay(
            "lnbc1nonsense", amount_msat=1000, fee_limit_msat=FEE_LIMIT_MSAT
        )

        assert isinstance(failed, OutgoingFailed)
