"""Our client against a NIP-47 wallet service by others."""

from collections.abc import AsyncIterator

import pytest

from app.invoices import MAINNET
from tests.contracts.wallet import Lab
from tests.support.nwc_by_others import a_service_by_others, find_node
from tests.support.nwc_ledger import WalletLedger
from tests.support.nwc_network import Network
from tests.support.nwc_service import a_relay
from tests.wallets.nwc_world import NetDriver, PausingLab, a_wallet
from tests.wallets.test_nwc_contract import NwcContract


class TestServiceByOthers(NwcContract):
    @pytest.fixture
    async def lab(self) -> AsyncIterator[Lab]:
        node = find_node()
        if node is None:
            pytest.skip("needs node and `npm install --prefix .nwc-sdk @getalby/sdk@7.0.0`")
        network = Network()
        ledger = WalletLedger(network.node())
        async with a_relay() as relay, a_service_by_others(node, relay, ledger) as uri:
            _, wallet = a_wallet(uri)
            driver = NetDriver(network.node(100_000_000))
            yield PausingLab(wallet=wallet, driver=driver, network=MAINNET)
            await wallet.close()
