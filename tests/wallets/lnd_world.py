"""An LND on this machine, a wallet connected to it, and a driver in the same network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from app.outbound import OutboundPolicy
from app.outbound.client import guarded_client
from app.storage.memory import MemoryTables
from app.wallets.backend import Parts, WalletCredentials
from app.wallets.connections import read_credentials
from app.wallets.lnd import LndWallet
from app.wallets.lnd_api import LndApi
from app.wallets.lnd_backend import LndBackend
from app.wallets.lnd_paying import Deadlines
from app.wallets.lnd_tls import PinnedHttp
from tests.contracts.arrivals import WatchedLab
from tests.support.lnd_calls import ADMIN
from tests.support.lnd_certificate import self_signed
from tests.support.lnd_service import LndService
from tests.wallets.world import RealChance, SetClock

AT_HOME = OutboundPolicy(allow_private_hosts=True)
PATIENT = Deadlines(ask_s=20, pay_s=20)


class LndLab(WatchedLab):
    """The wallet as an owner connects it."""

    def __init__(self, service: LndService) -> None:
        wallet = LndBackend().open(parts(), "t1", credentials(service))
        super().__init__(wallet=wallet, driver=service.network, network="bcrt")
        self._service = service

    async def expiry_passes(self) -> None:
        self._service.network.skipped += timedelta(seconds=3)

    def listeners(self) -> int:
        return self._service.streams

    async def goes_away(self) -> None:
        self._service.hang_up()


def parts(policy: OutboundPolicy = AT_HOME) -> Parts:
    return Parts(guarded_client(policy), MemoryTables(), SetClock(), RealChance(), policy)


def credentials(service: LndService, **entered: str) -> WalletCredentials:
    fields = {
        "url": service.url,
        "macaroon": ADMIN,
        "certificate": service.certificate.pem,
        **entered,
    }
    return read_credentials("lnd", fields)


def connected(service: LndService, deadlines: Deadlines = PATIENT) -> LndWallet:
    """A wallet with deadlines of its own."""
    http = PinnedHttp(AT_HOME, frozenset([service.certificate.fingerprint]))
    return LndWallet(LndApi(http, service.url, ADMIN), ADMIN, RealChance(), deadlines=deadlines)


@asynccontextmanager
async def lnd(folder: Path, name: str = "garage") -> AsyncIterator[LndService]:
    """A running LND; afterwards everything asked and answered fits LND's descriptions."""
    service = LndService()
    async with service.served(replace(self_signed(name)), folder):
        yield service
    assert service.violations == []
