"""Hold invoices over NWC, on a service that tells states and on one like Alby Hub."""

from collections.abc import AsyncIterator

import pytest

from app.charging.errors import Unavailable
from app.charging.ports import (
    IncomingGone,
    IncomingHeld,
    IncomingOpen,
    IncomingSettled,
    InvoiceRequest,
)
from app.storage.memory import MemoryTables
from app.wallets.nwc import NwcWallet
from app.wallets.nwc_holds import HoldPreimages
from app.wallets.nwc_link import NwcLink
from app.wallets.nwc_uri import parse_connection
from tests.contracts.hold_wallet import HoldWalletContract, asks_for_hold, holder
from tests.contracts.wallet import Lab
from tests.support.nwc_ledger import PLAIN
from tests.support.nwc_service import HOLDING, Habits
from tests.wallets.nwc_world import AT_HOME, NwcLab, WallClock, a_lab
from tests.wallets.world import RealChance


def with_holds() -> Habits:
    return Habits(methods=PLAIN | HOLDING)


class TestHolds(HoldWalletContract):
    @pytest.fixture
    async def lab(self) -> AsyncIterator[Lab]:
        async with a_lab(with_holds()) as lab:
            yield lab


class TestHoldsOnAlbyHub(HoldWalletContract):
    """It cancels only what is held."""

    @pytest.fixture
    async def lab(self) -> AsyncIterator[Lab]:
        async with a_lab(with_holds(), style="alby") as lab:
            yield lab

    async def test_an_open_one_that_is_cancelled_is_gone(self, lab: Lab) -> None:
        invoice = await asks_for_hold(lab)

        await holder(lab).cancel_held(invoice.payment_hash)

        assert await lab.wallet.look_up_incoming(invoice.payment_hash) == IncomingOpen()


async def an_old_hold(lab: NwcLab) -> str:
    """Paid in time; the invoice has expired since."""
    request = InvoiceRequest(50_000, 2, memo="hold", hold=True)
    invoice = await lab.wallet.create_invoice(request)
    lab.driver_node.pays(invoice.bolt11)
    return invoice.payment_hash


@pytest.mark.parametrize("style", ["plain", "alby"])
async def test_what_is_held_stays_held_when_the_invoice_is_over(style: str) -> None:
    """An expiry is about beginning to pay. Alby Hub calls what it still holds expired."""
    async with a_lab(with_holds(), style=style) as lab:
        payment_hash = await an_old_hold(lab)

        await lab.expiry_passes()

        assert await lab.wallet.look_up_incoming(payment_hash) == IncomingHeld(50_000)
        await holder(lab).settle_held(payment_hash)
        assert await lab.wallet.look_up_incoming(payment_hash) == IncomingSettled(50_000)


@pytest.mark.parametrize("style", ["plain", "alby"])
async def test_what_was_given_back_is_gone_when_the_invoice_is_over(style: str) -> None:
    async with a_lab(with_holds(), style=style) as lab:
        payment_hash = await an_old_hold(lab)
        await holder(lab).cancel_held(payment_hash)

        await lab.expiry_passes()

        assert await lab.wallet.look_up_incoming(payment_hash) == IncomingGone()


async def test_what_another_gave_back_is_found_out_by_asking_again() -> None:
    """Alby Hub calls it expired, as what it holds; only its answer tells that nothing is held."""
    async with a_lab(with_holds(), style="alby") as lab:
        payment_hash = await an_old_hold(lab)
        lab.owner.gives_back(lab.owner.network.invoices[payment_hash])
        await lab.expiry_passes()
        assert await lab.wallet.look_up_incoming(payment_hash) == IncomingHeld(50_000)

        await holder(lab).cancel_held(payment_hash)

        assert await lab.wallet.look_up_incoming(payment_hash) == IncomingGone()


async def test_a_service_without_hold_invoices_says_so() -> None:
    async with a_lab() as lab:
        await lab.wallet.spendable_msat()
        assert not lab.wallet.capabilities.hold_invoices

        with pytest.raises(Unavailable, match="no hold invoices"):
            await asks_for_hold(lab)


def another_process(lab: NwcLab, tables: MemoryTables) -> NwcWallet:
    connection = parse_connection(lab.service.uri)
    holds = HoldPreimages(tables, RealChance(), "t1", bytes.fromhex(connection.secret))
    return NwcWallet(NwcLink(connection, AT_HOME, WallClock()), WallClock(), holds)


async def test_another_process_takes_what_is_held_and_the_table_has_no_preimage() -> None:
    tables = MemoryTables()
    async with a_lab(with_holds()) as lab:
        first, second = another_process(lab, tables), another_process(lab, tables)
        invoice = await first.create_invoice(InvoiceRequest(9000, 600, memo="m", hold=True))
        lab.driver_node.pays(invoice.bolt11)
        assert second.capabilities.hold_invoices

        await second.settle_held(invoice.payment_hash)

        settled = lab.owner.network.invoices[invoice.payment_hash]
        assert settled.preimage is not None
        page = await tables.tenant("t1").query("T#t1#HOLDS")
        assert [item["sk"] for item in page.items] == [invoice.payment_hash]
        assert settled.preimage not in page.items[0].values()
        assert await first.look_up_incoming(invoice.payment_hash) == IncomingSettled(9000)
        await first.close()
        await second.close()


async def test_a_cancellation_that_failed_leaves_it_held() -> None:
    async with a_lab(with_holds()) as lab:
        invoice = await asks_for_hold(lab)
        lab.driver_node.pays(invoice.bolt11)
        lab.habits.errors = {"cancel_hold_invoice": [("INTERNAL", "node is away")]}

        with pytest.raises(Unavailable):
            await lab.nwc.cancel_held(invoice.payment_hash)

        found = await lab.wallet.look_up_incoming(invoice.payment_hash)
        assert found == IncomingHeld(50_000)
