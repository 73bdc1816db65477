"""Owners' wallets that hold a payment until it is settled: NWC's and LND's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.owners import Owner
from tests.support.lnd_calls import ADMIN
from tests.support.lnd_certificate import self_signed
from tests.support.lnd_network import NodeInvoice
from tests.support.lnd_service import LndService
from tests.support.nwc_ledger import PLAIN, WalletLedger
from tests.support.nwc_network import Network
from tests.support.nwc_service import HOLDING, Habits, NwcService, a_relay
from tests.wallets.nwc_world import NetDriver

SATS = 2_000


@dataclass
class Line:
    """An owner's wallet: how often it was asked, and who can pay it."""

    asked: Callable[[], int]
    pays: Callable[[str], Awaitable[None]]
    is_taken: Callable[[], bool]
    """Whether the payment is the owner's."""
    is_given_back: Callable[[], bool]
    """Whether it went back to who had paid it, as if nothing had been."""


@asynccontextmanager
async def nwc(owner: Owner) -> AsyncIterator[Line]:
    network = Network()
    node, payer = network.node(50_000_000), network.node(50_000_000)
    habits = Habits(methods=PLAIN | HOLDING)
    async with a_relay() as relay, NwcService(relay, WalletLedger(node), habits) as service:
        owner.strom.secrets.add(service.app.secret_key().to_hex())
        await owner.post("/wallets", kind="nwc", fields={"connection": service.uri})
        begun = len(service.asked("lookup_invoice"))
        yield Line(
            # It is asked once more when the listening begins.
            asked=lambda: len(service.asked("lookup_invoice")) - begun - 1,
            pays=NetDriver(payer).pays,
            is_taken=lambda: any(each.state == "settled" for each in network.invoices.values()),
            is_given_back=lambda: any(
                each.state == "cancelled" and each.was_accepted
                for each in network.invoices.values()
            ),
        )


@asynccontextmanager
async def lnd(owner: Owner, folder: Path) -> AsyncIterator[Line]:
    service = LndService()
    service.network.balance_msat = 50_000_000
    async with service.served(self_signed("garage"), folder):
        owner.strom.secrets.add(ADMIN)
        fields = {
            "url": service.url,
            "macaroon": ADMIN,
            "certificate": service.certificate.pem,
        }
        await owner.post("/wallets", kind="lnd", fields=fields)
        begun = _looked(service)
        yield Line(
            asked=lambda: _looked(service) - begun,
            pays=service.network.pays,
            is_taken=lambda: any(_is_taken(each) for each in service.network.invoices.values()),
            is_given_back=lambda: any(
                each.state == "CANCELED" and each.paid_msat
                for each in service.network.invoices.values()
            ),
        )
    assert service.violations == []


def _looked(service: LndService) -> int:
    return sum(request.path.startswith("/v1/invoice/") for request in service.asked)


def _is_taken(invoice: NodeInvoice) -> bool:
    return invoice.state == "SETTLED" and invoice.paid_msat == SATS * 1000


def holding_wallet(kind: str, owner: Owner, folder: Path) -> AbstractAsyncContextManager[Line]:
    """An owner's wallet of this kind, connected."""
    return nwc(owner) if kind == "nwc" else lnd(owner, folder)
