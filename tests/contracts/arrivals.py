"""The contract of wallets that tell: a hint when a payment arrives, and nothing left behind.

A subclass gives the fixture ``lab``, whose ``listeners`` and ``goes_away`` look at the other side.
"""

import asyncio

import pytest

from app.charging.errors import Unavailable
from app.charging.ports import Invoice
from app.wallets.opening import WatchedWallet
from tests.contracts.hold_wallet import asks_for_hold, holder
from tests.contracts.wallet import Lab

PATIENCE_S = 10


class WatchedLab(Lab):
    """A lab whose wallet's other side can be looked at."""

    def listeners(self) -> int:
        """How many wait to be told of payments."""
        raise NotImplementedError

    async def goes_away(self) -> None:
        """The wallet cannot be heard any more."""
        raise NotImplementedError


async def watches(lab: WatchedLab, invoice: Invoice) -> asyncio.Task[None]:
    """A watch that has begun."""
    wallet = lab.wallet
    assert isinstance(wallet, WatchedWallet)
    before = lab.listeners()
    watch = asyncio.create_task(wallet.arrival(invoice.payment_hash))
    async with asyncio.timeout(PATIENCE_S):
        while lab.listeners() == before:
            assert not watch.done(), watch
            await asyncio.sleep(0.01)
    return watch


@pytest.mark.contracts
class ArrivalContract:
    """Everything that is told."""

    @pytest.fixture
    async def lab(self) -> WatchedLab:
        """A wallet with nothing in it, and a driver with plenty."""
        raise NotImplementedError

    async def test_a_payment_is_told(self, lab: WatchedLab) -> None:
        watch = await watches(lab, await lab.has_invoice())
        invoice = await lab.has_invoice()
        paid = await watches(lab, invoice)

        await lab.driver.pays(invoice.bolt11)

        await asyncio.wait_for(paid, PATIENCE_S)
        assert not watch.done(), "told of another's payment"
        watch.cancel()

    async def test_what_is_held_is_told(self, lab: WatchedLab) -> None:
        invoice = await asks_for_hold(lab)
        watch = await watches(lab, invoice)

        await lab.driver.pays(invoice.bolt11)

        await asyncio.wait_for(watch, PATIENCE_S)
        await holder(lab).cancel_held(invoice.payment_hash)

    async def test_what_came_before_is_told_too(self, lab: WatchedLab) -> None:
        """Nothing falls between the last question and the watch."""
        invoice = await lab.has_received(sats=50)
        assert isinstance(lab.wallet, WatchedWallet)

        await asyncio.wait_for(lab.wallet.arrival(invoice.payment_hash), PATIENCE_S)

    async def test_one_invoice_can_be_watched_twice(self, lab: WatchedLab) -> None:
        invoice = await lab.has_invoice()
        watching = [await watches(lab, invoice) for _ in range(2)]

        await lab.driver.pays(invoice.bolt11)

        await asyncio.wait_for(asyncio.gather(*watching), PATIENCE_S)

    async def test_a_wallet_that_is_lost_is_noticed(self, lab: WatchedLab) -> None:
        watch = await watches(lab, await lab.has_invoice())

        await lab.goes_away()

        with pytest.raises(Unavailable):
            await asyncio.wait_for(watch, PATIENCE_S)
        assert lab.listeners() == 0

    async def test_a_watch_that_is_ended_leaves_nothing(self, lab: WatchedLab) -> None:
        watch = await watches(lab, await lab.has_invoice())

        watch.cancel()

        await asyncio.gather(watch, return_exceptions=True)
        async with asyncio.timeout(PATIENCE_S):
            while lab.listeners():
                await asyncio.sleep(0.01)
