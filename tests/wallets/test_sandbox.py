"""The sandbox's money survives lost answers, restarts and other tenants."""

import asyncio
from collections.abc import Sequence

import bolt11
import pytest
from lnurl.models import LnurlPayActionResponse

from app.charging.errors import (
    Conflict,
    NotFound,
    StorageConflict,
    StorageThrottled,
    StorageUncertain,
    Unavailable,
)
from app.charging.ports import (
    IncomingGone,
    IncomingSettled,
    Invoice,
    InvoiceRequest,
    Operation,
    OutgoingFailed,
    OutgoingPaid,
    OutgoingUnknown,
)
from app.storage.memory import MemoryTables
from app.wallets.sandbox import SandboxPayer, SandboxWallet
from tests.wallets.fake_lnbits import an_invoice
from tests.wallets.world import RealChance, SetClock


class Sandbox:
    """One tenant's sandbox; ``restarted`` is another process over the same rows."""

    def __init__(self, tables: MemoryTables | None = None, tenant: str = "t1") -> None:
        self.tables = tables or MemoryTables()
        self.tenant = tenant
        self.clock = SetClock()
        self.rung: list[str] = []
        self.wallet = SandboxWallet(self.tables, self.clock, RealChance(), tenant)
        self.payer = SandboxPayer(self.tables, self.clock, RealChance(), ring=self._ring)

    def restarted(self) -> "Sandbox":
        return Sandbox(self.tables, self.tenant)

    async def has_invoice(self, sats: int = 50, webhook_url: str | None = None) -> Invoice:
        return await self.wallet.create_invoice(
            InvoiceRequest(sats * 1000, 600, memo="charge", webhook_url=webhook_url)
        )

    async def has_received(self, sats: int) -> Invoice:
        invoice = await self.has_invoice(sats)
        await self.payer.pay(self.tenant, invoice.bolt11)
        return invoice

    async def has_refund_invoice(self, sats: int) -> Invoice:
        return await self.payer.create_driver_invoice(self.tenant, sats * 1000)

    async def _ring(self, url: str) -> None:
        self.rung.append(url)
        raise ZeroDivisionError("nobody there")


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


async def test_wallets_and_libraries_read_its_invoices_and_no_real_wallet_pays_them(
    sandbox: Sandbox,
) -> None:
    invoice = await sandbox.has_invoice()

    assert invoice.bolt11.startswith("lnbcrt500n1")
    assert LnurlPayActionResponse.model_validate({"pr": invoice.bolt11}).pr == invoice.bolt11
    assert bolt11.decode(invoice.bolt11).is_regtest()


async def test_all_invoices_of_a_tenant_are_signed_by_its_own_node(sandbox: Sandbox) -> None:
    from app.invoices import decode

    other = Sandbox(sandbox.tables, "t2")
    made = [await sandbox.has_invoice(), await sandbox.restarted().has_invoice()]
    theirs = await other.has_invoice()

    payees = [decode(invoice.bolt11).payee for invoice in made]
    assert payees[0] == payees[1] != decode(theirs.bolt11).payee


async def test_two_processes_agree_on_a_new_tenants_node(sandbox: Sandbox) -> None:
    from app.invoices import decode

    others = [sandbox.restarted() for _ in range(5)]
    made = await asyncio.gather(*(other.has_invoice() for other in others))

    assert len({decode(invoice.bolt11).payee for invoice in made}) == 1


async def test_paying_rings_the_webhook_and_does_not_depend_on_it(sandbox: Sandbox) -> None:
    invoice = await sandbox.has_invoice(webhook_url="http://localhost/w/1")

    payment = await sandbox.payer.pay("t1", invoice.bolt11)

    assert payment.payment_hash == invoice.payment_hash
    assert sandbox.rung == ["http://localhost/w/1"]


async def test_an_invoice_is_paid_once(sandbox: Sandbox) -> None:
    invoice = await sandbox.has_invoice(50)

    outcomes = await asyncio.gather(
        *(sandbox.payer.pay("t1", invoice.bolt11) for _ in range(20)), return_exceptions=True
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert len(refused) == 19
    assert all(isinstance(error, Conflict) for error in refused)
    assert await sandbox.wallet.spendable_msat() == 50_000


async def test_an_expired_invoice_cannot_be_paid_once_it_was_called_gone(
    sandbox: Sandbox,
) -> None:
    invoice = await sandbox.has_invoice()
    await sandbox.clock.sleep(600)

    assert await sandbox.wallet.look_up_incoming(invoice.payment_hash) == IncomingGone()
    slow = sandbox.restarted()  # its clock is behind
    with pytest.raises(Conflict):
        await slow.payer.pay("t1", invoice.bolt11)


async def test_only_this_tenants_invoices_can_be_paid(sandbox: Sandbox) -> None:
    other = Sandbox(sandbox.tables, "t2")
    theirs = await other.has_invoice()

    with pytest.raises(NotFound):
        await sandbox.payer.pay("t1", theirs.bolt11)
    with pytest.raises(NotFound):
        await sandbox.payer.pay("t1", an_invoice())
    with pytest.raises(NotFound):
        await sandbox.payer.pay("t1", "nonsense")


async def test_the_wallet_pays_sandbox_invoices_of_its_tenant_only(sandbox: Sandbox) -> None:
    await sandbox.has_received(1000)
    theirs = await Sandbox(sandbox.tables, "t2").has_refund_invoice(300)

    for refund in (an_invoice(sats=300), theirs.bolt11):
        failed = await sandbox.wallet.pay(refund, amount_msat=300_000, fee_limit_msat=0)
        assert failed == OutgoingFailed("not a sandbox invoice")
    assert await sandbox.wallet.spendable_msat() == 1_000_000


async def test_a_wallet_that_never_received_cannot_pay(sandbox: Sandbox) -> None:
    refund = await sandbox.has_refund_invoice(300)

    failed = await sandbox.wallet.pay(refund.bolt11, amount_msat=300_000, fee_limit_msat=0)

    assert failed == OutgoingFailed("insufficient balance")


async def test_money_and_invoices_survive_a_killed_process(sandbox: Sandbox) -> None:
    received = await sandbox.has_received(1000)
    refund = await sandbox.has_refund_invoice(300)
    await sandbox.wallet.pay(refund.bolt11, amount_msat=300_000, fee_limit_msat=0)

    after = sandbox.restarted()

    assert await after.wallet.spendable_msat() == 700_000
    assert await after.wallet.look_up_incoming(received.payment_hash) == IncomingSettled(1_000_000)
    assert isinstance(await after.wallet.look_up_outgoing(refund.payment_hash), OutgoingPaid)
    assert await after.payer.has_received("t1", refund.payment_hash)


def losing_answers(_: Sequence[Operation]) -> None:
    raise StorageUncertain("no answer")


async def test_a_refund_whose_answer_is_lost_is_unknown_then_paid_once(sandbox: Sandbox) -> None:
    await sandbox.has_received(1000)
    refund = await sandbox.has_refund_invoice(300)

    sandbox.tables.faults.after_write = losing_answers
    first = await sandbox.wallet.pay(refund.bolt11, amount_msat=300_000, fee_limit_msat=0)
    sandbox.tables.faults.after_write = None
    again = await sandbox.wallet.pay(refund.bolt11, amount_msat=300_000, fee_limit_msat=0)

    assert isinstance(first, OutgoingUnknown)
    assert isinstance(again, OutgoingPaid)
    assert await sandbox.wallet.spendable_msat() == 700_000


async def test_a_payment_whose_answer_is_lost_has_gone_through(sandbox: Sandbox) -> None:
    invoice = await sandbox.has_invoice(50)

    sandbox.tables.faults.after_write = losing_answers
    await sandbox.payer.pay("t1", invoice.bolt11)

    assert await sandbox.wallet.spendable_msat() == 50_000


async def test_contention_is_waited_out_and_storms_are_unavailable(sandbox: Sandbox) -> None:
    invoice = await sandbox.has_invoice(50)
    storm = [StorageConflict("busy"), StorageThrottled("busy")]

    def once(_: Sequence[Operation]) -> None:
        if storm:
            raise storm.pop()

    sandbox.tables.faults.before_write = once
    await sandbox.payer.pay("t1", invoice.bolt11)
    assert await sandbox.wallet.spendable_msat() == 50_000

    def always(_: Sequence[Operation]) -> None:
        raise StorageConflict("busy")

    sandbox.tables.faults.before_write = always
    with pytest.raises(Unavailable):
        await sandbox.has_invoice()


async def test_every_row_is_the_tenants(sandbox: Sandbox) -> None:
    await sandbox.has_received(1000)

    assert {row["pk"] for row in sandbox.tables.rows()} == {"T#t1#SANDBOX"}
