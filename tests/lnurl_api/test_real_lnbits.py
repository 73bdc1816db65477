"""A real LNbits pays our LNURL and redeems our withdraw; another of its wallets is the owner's."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import uvicorn
from litestar import Litestar

from app.checkout.settings import CheckoutSettings
from app.lnurl_api import lnurl_router
from app.wallets.lnbits import LnbitsWallet
from tests.checkout.world import OWNER, SetClock, Shop
from tests.support.lnbits import LnbitsNode


class RealClock(SetClock):
    """LNbits signs its invoices with the time of this machine."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = timedelta()

    @property
    def at(self) -> datetime:
        return datetime.now(UTC) + self.skipped

    @at.setter
    def at(self, moment: datetime) -> None:
        self.skipped = moment - datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@asynccontextmanager
async def served(app: Litestar, listening: socket.socket) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    running = asyncio.create_task(server.serve([listening]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await running


async def test_lnbits_pays_our_lnurl_and_redeems_our_withdraw(lnbits: LnbitsNode) -> None:
    owner = await lnbits.create_wallet("owner", sats=100)
    payer = await lnbits.create_wallet("driver", sats=20_000)
    listening = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    shop = await Shop(settings=CheckoutSettings(base), clock=RealClock()).opens()
    await shop.change_tenant(mode="live")
    app = Litestar(
        [lnurl_router(shop.checkout, shop.settings, shop.keys, shop.chance)], openapi_config=None
    )
    async with httpx.AsyncClient() as http, served(app, listening):
        shop.wallets.wallet = LnbitsWallet(http, lnbits.base_url, owner.adminkey)

        paid = await lnbits.pay_lnurl(payer, f"garage-1@{shop.settings.host}", 1_000)
        assert await lnbits.balance_sats(payer) == 19_000
        row = next(r for r in shop.tables.rows() if r["sk"] == f"E#await.{paid.payment_hash}")
        session_id = str(row["pk"]).rpartition("#")[2]
        async with asyncio.timeout(20):  # its webhook comes by itself
            while not shop.commands:
                await asyncio.sleep(0.05)
        await shop.starts(session_id)
        shop.clock.at = shop.clock.now() + timedelta(seconds=1)
        await shop.stops(session_id, 601)  # 300.5 sats

        token = shop.signer.token("session", OWNER, session_id)
        await lnbits.redeem_withdraw(payer, f"{base}/lnurl/withdraw/{token}")
        await shop.performs()
        assert await lnbits.balance_sats(payer) == 19_699
        assert await lnbits.balance_sats(owner) == 100 + 1_000 - 699
        view = await shop.checkout.session(token)
        assert (view.refund_state, view.refunded_msat, view.residue_msat) == ("paid", 699_000, 500)
