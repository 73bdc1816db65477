"""A payment to a wallet that tells starts the charge while no clock moves: nobody asks by time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.charging.effects import StartCharging
from app.charging.session import PaymentState
from app.wallets.arrivals import ArrivalWatch
from app.wallets.performing import WalletPerformers
from tests.checkout.world import Shop
from tests.contracts.arrivals import PATIENCE_S, WatchedLab
from tests.support.nwc_ledger import PLAIN
from tests.support.nwc_service import HOLDING, Habits
from tests.wallets.lnd_world import LndLab, lnd
from tests.wallets.nwc_world import a_lab
from tests.wallets.world import RealChance

SATS = 10_000


@pytest.fixture(params=["nwc", "nwc without holds", "lnd"])
async def lab(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[WatchedLab]:
    if request.param == "lnd":
        async with lnd(tmp_path) as service:
            service.network.balance_msat = 1_000_000_000
            at_lnd = LndLab(service)
            yield at_lnd
            await at_lnd.wallet.close()
        return
    methods = PLAIN | HOLDING if request.param == "nwc" else set(PLAIN)
    async with a_lab(Habits(methods=methods), sats=1_000_000) as at_nwc:
        yield at_nwc


@asynccontextmanager
async def listening(shop: Shop, lab: WatchedLab) -> AsyncIterator[ArrivalWatch]:
    """The shop's owner has this wallet, and it is listened to."""
    shop.wallets.wallet = lab.wallet
    watch = ArrivalWatch(shop.wallets, shop.checkout.hint, shop.clock, RealChance())
    paying = WalletPerformers(shop.wallets, shop.clock, arrivals=watch)
    shop.flow.performers = {**shop.flow.performers, **paying.by_effect()}
    running = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_payment_starts_the_charge_by_being_told(shop: Shop, lab: WatchedLab) -> None:
    async with listening(shop, lab) as watch:
        issued = await shop.asks(SATS * 1000)
        await shop.sweeps(after_s=2)  # asked for the first time: not paid so far
        async with asyncio.timeout(PATIENCE_S):
            while not lab.listeners():
                await asyncio.sleep(0.01)
        asked_at = shop.clock.now()

        await lab.driver.pays(issued.bolt11)

        async with asyncio.timeout(PATIENCE_S):
            while not shop.commands:
                await asyncio.sleep(0.01)
        assert isinstance(shop.commands[0], StartCharging)
        assert (shop.clock.now() - asked_at).total_seconds() < 2
        (payment,) = (await shop.session(issued.session_id)).payments
        assert payment.state in (PaymentState.HELD, PaymentState.SETTLED)
        async with asyncio.timeout(PATIENCE_S):
            while watch.watched:
                await asyncio.sleep(0.01)


async def test_who_did_not_pay_starts_nothing(shop: Shop, lab: WatchedLab) -> None:
    """Another's payment to the same wallet is told as well."""
    async with listening(shop, lab) as watch:
        issued = await shop.asks(SATS * 1000)
        await shop.sweeps(after_s=2)
        other = await lab.has_received(sats=50)

        assert other.payment_hash != issued.payment_hash
        assert watch.watched == 1
        assert shop.commands == []
