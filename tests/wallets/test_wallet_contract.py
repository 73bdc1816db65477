"""The wallet's contract on the sandbox and on a real LNbits."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from app.invoices import MAINNET, REGTEST
from app.storage.memory import MemoryTables
from app.wallets.lnbits import LnbitsWallet
from app.wallets.sandbox import SandboxPayer, SandboxWallet
from tests.contracts.wallet import Lab, WalletContract
from tests.support.lnbits import LnbitsError, LnbitsNode, LnbitsWalletKeys
from tests.wallets.world import RealChance, SetClock

TENANT = "t1"


class SandboxDriver:
    def __init__(self, payer: SandboxPayer) -> None:
        self._payer = payer

    async def pays(self, bolt11: str) -> None:
        await self._payer.pay(TENANT, bolt11)

    async def makes_invoice(self, amount_msat: int) -> str:
        return (await self._payer.create_driver_invoice(TENANT, amount_msat)).bolt11

    async def has_received(self, payment_hash: str) -> bool:
        return await self._payer.has_received(TENANT, payment_hash)


class SandboxLab(Lab):
    def __init__(self) -> None:
        tables, chance = MemoryTables(), RealChance()
        self.clock = SetClock()
        super().__init__(
            wallet=SandboxWallet(tables, self.clock, chance, TENANT),
            driver=SandboxDriver(SandboxPayer(tables, self.clock, chance)),
            network=REGTEST,
        )

    async def expiry_passes(self) -> None:
        await self.clock.sleep(3)


class TestSandbox(WalletContract):
    @pytest.fixture
    async def lab(self) -> Lab:
        return SandboxLab()


class LnbitsDriver:
    def __init__(self, node: LnbitsNode, keys: LnbitsWalletKeys) -> None:
        self._node = node
        self._keys = keys

    async def pays(self, bolt11: str) -> None:
        await self._node.pay_bolt11(self._keys, bolt11)

    async def makes_invoice(self, amount_msat: int) -> str:
        return await self._node.create_invoice(self._keys, amount_msat // 1000)

    async def has_received(self, payment_hash: str) -> bool:
        try:
            return (await self._node.payment(self._keys, payment_hash)).is_paid
        except LnbitsError:
            return False


class LnbitsLab(Lab):
    async def expiry_passes(self) -> None:
        await asyncio.sleep(3)


class TestLnbits(WalletContract):
    @pytest.fixture
    async def lab(self, lnbits: LnbitsNode) -> AsyncIterator[Lab]:
        owner = await lnbits.create_wallet("owner")
        driver = await lnbits.create_wallet("driver", sats=10_000)
        async with httpx.AsyncClient() as http:
            yield LnbitsLab(
                wallet=LnbitsWallet(http, lnbits.base_url, owner.adminkey),
                driver=LnbitsDriver(lnbits, driver),
                network=MAINNET,
            )
