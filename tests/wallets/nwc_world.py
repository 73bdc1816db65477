"""A wallet over NWC, its service, a relay, and a driver on the same network."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from app.charging.ports import Outgoing, OutgoingUnknown
from app.invoices import MAINNET
from app.outbound import OutboundPolicy
from app.storage.memory import MemoryTables
from app.wallets.nwc import NwcWallet
from app.wallets.nwc_holds import HoldPreimages
from app.wallets.nwc_link import NwcLink
from app.wallets.nwc_uri import parse_connection
from tests.contracts.arrivals import WatchedLab
from tests.contracts.wallet import Lab
from tests.support.nwc_ledger import WalletLedger
from tests.support.nwc_network import Network, Node
from tests.support.nwc_service import Habits, NwcService, a_relay
from tests.wallets.world import RealChance

AT_HOME = OutboundPolicy(allow_private_hosts=True)


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class NetDriver:
    def __init__(self, node: Node) -> None:
        self.node = node

    async def pays(self, bolt11: str) -> None:
        self.node.pays(bolt11)

    async def makes_invoice(self, amount_msat: int) -> str:
        return self.node.makes_invoice(amount_msat).bolt11

    async def has_received(self, payment_hash: str) -> bool:
        invoice = self.node.network.invoices.get(payment_hash)
        return invoice is not None and invoice.payee is self.node and invoice.state == "settled"


class PausingLab(Lab):
    """Time is real."""

    async def expiry_passes(self) -> None:
        await asyncio.sleep(2.2)


@dataclass
class NwcLab(PausingLab, WatchedLab):
    service: NwcService
    link: NwcLink
    owner: Node
    nwc: NwcWallet
    driver_node: Node
    relay: contextlib.AsyncExitStack

    def listeners(self) -> int:
        return self.link.listeners

    async def goes_away(self) -> None:
        await self.relay.aclose()

    @property
    def habits(self) -> Habits:
        return self.service.habits

    @property
    def ledger(self) -> WalletLedger:
        return self.service.ledger


def a_wallet(uri: str, policy: OutboundPolicy = AT_HOME) -> tuple[NwcLink, NwcWallet]:
    connection = parse_connection(uri)
    link = NwcLink(connection, policy, WallClock())
    secret = bytes.fromhex(connection.secret)
    holds = HoldPreimages(MemoryTables(), RealChance(), "t1", secret)
    return link, NwcWallet(link, WallClock(), holds)


@contextlib.asynccontextmanager
async def a_lab(
    habits: Habits | None = None, *, style: str = "plain", sats: int = 0
) -> AsyncIterator[NwcLab]:
    network = Network()
    owner, driver = network.node(sats * 1000), network.node(100_000_000)
    ledger = WalletLedger(owner, style=style)  # type: ignore[arg-type]
    async with (
        contextlib.AsyncExitStack() as relay,
        NwcService(await relay.enter_async_context(a_relay()), ledger, habits) as service,
    ):
        link, wallet = a_wallet(service.uri)
        yield NwcLab(
            wallet=wallet,
            driver=NetDriver(driver),
            network=MAINNET,
            service=service,
            link=link,
            owner=owner,
            nwc=wallet,
            driver_node=driver,
            relay=relay,
        )
        await wallet.close()


def refund(lab: NwcLab, sats: int = 300) -> str:
    """A driver's invoice."""
    return lab.driver_node.makes_invoice(sats * 1000).bolt11


def is_unknown(outgoing: Outgoing, *, known_to_wallet: bool) -> bool:
    return isinstance(outgoing, OutgoingUnknown) and outgoing.known_to_wallet is known_to_wallet
