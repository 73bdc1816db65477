"""Wallets that tell: a charge starts when it is paid, not when we would next have asked."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys.chargers import Charger
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner
from tests.journeys.waiting import until
from tests.support.lnd_calls import ADMIN
from tests.support.lnd_certificate import self_signed
from tests.support.lnd_network import NodeInvoice
from tests.support.lnd_service import LndService
from tests.support.nwc_ledger import PLAIN, WalletLedger
from tests.support.nwc_network import Network
from tests.support.nwc_service import HOLDING, Habits, NwcService, a_relay
from tests.wallets.nwc_world import NetDriver

QUESTIONS = 4
"""After so many the next comes eight seconds later."""
NEXT_QUESTION_S = 8
SATS = 2_000


@dataclass
class Line:
    """An owner's wallet: how often it was asked, and who can pay it."""

    asked: Callable[[], int]
    pays: Callable[[str], Awaitable[None]]
    is_taken: Callable[[], bool]
    """Whether the payment is the owner's."""


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
        )
    assert service.violations == []


def _looked(service: LndService) -> int:
    return sum(request.path.startswith("/v1/invoice/") for request in service.asked)


def _is_taken(invoice: NodeInvoice) -> bool:
    return invoice.state == "SETTLED" and invoice.paid_msat == SATS * 1000


@pytest.fixture(params=["nwc", "lnd"])
async def wallet(
    request: pytest.FixtureRequest, owner: Owner, tmp_path: Path
) -> AsyncIterator[Line]:
    async with AsyncExitStack() as stack:
        opened = nwc(owner) if request.param == "nwc" else lnd(owner, tmp_path)
        yield await stack.enter_async_context(opened)


async def test_a_charge_starts_before_the_wallet_would_have_been_asked_again(
    owner: Owner, wallet: Line, charger: Charger, driver: Driver
) -> None:
    charger.plugs_in()
    invoice = await driver.asks_for_invoice(charger.address, SATS)

    async def asked() -> int:
        return wallet.asked()

    await until(asked, lambda times: times >= QUESTIONS, f"{QUESTIONS} questions")
    asked_at = time.monotonic()
    await wallet.pays(invoice.bolt11)
    await charger.was_told_to_start()

    assert time.monotonic() - asked_at < NEXT_QUESTION_S - 1
    await charger.charges()

    async def taken() -> bool:
        return wallet.is_taken()

    await until(taken, bool, "the held payment to be taken")
