"""An app process: everything but the edge, as bootstrap puts it together, over the models."""

from collections.abc import Mapping

import httpx

from app.bootstrap.composition import Strom, put_together
from app.bootstrap.foundation import Foundation
from app.charging.ports import Wallet
from app.entrypoints.loops import sweep_for_ever
from app.records.views import WalletField
from app.settings import Settings
from app.wallets.backend import Parts, ProbeReport, WalletCredentials
from tests.simulation.bus import ProcessBus, ProcessQueue
from tests.simulation.process import Process
from tests.simulation.setup import KIND
from tests.simulation.tables import ProcessTables
from tests.simulation.wallet import ModelWallet, WalletService

WORKERS = 3


class PlainEnvelope:
    """Seals nothing: there is nothing to hide here."""

    async def seal(self, tenant: str, purpose: str, plaintext: bytes) -> bytes:
        return plaintext

    async def open(self, tenant: str, purpose: str, sealed: bytes) -> bytes:
        return sealed


class ModelBackend:
    """The kind of wallet that owners of the model have connected."""

    kind, title = KIND, "Model"
    fields: tuple[WalletField, ...] = ()

    def __init__(self, services: dict[str, WalletService]) -> None:
        self._services = services

    def check(self, fields: Mapping[str, str]) -> WalletCredentials:
        return WalletCredentials(KIND, fields)

    def open(self, parts: Parts, tenant: str, credentials: WalletCredentials) -> Wallet:
        assert isinstance(parts.tables, ProcessTables)
        return ModelWallet(parts.tables.process, self._services[credentials.fields["of"]])

    async def probe(self, parts: Parts, tenant: str, credentials: WalletCredentials) -> ProbeReport:
        service = self._services[credentials.fields["of"]]
        return ProbeReport(
            can_receive=True,
            can_pay=True,
            spendable_msat=service.lightning.accounts[service.owner],
            smallest_unit_msat=service.capabilities.smallest_unit_msat,
        )


class AppProcess:
    """One app process, with its perform queue and its sweep."""

    def __init__(
        self,
        process: Process,
        settings: Settings,
        tables: ProcessTables,
        bus: ProcessBus,
        queue: ProcessQueue,
        internet: httpx.AsyncClient,
    ) -> None:
        self.process = process
        self.strom: Strom = put_together(
            Foundation(
                settings=settings,
                tables=tables,
                clock=process.clock,
                chance=process.chance,
                bus=bus,
                queue=queue,
                http=internet,
                server_key=b"k" * 32,
                envelope=PlainEnvelope(),
            )
        )
        flow = self.strom.flow
        process.spawn(queue.real.run(flow, workers=WORKERS))
        every_s = settings.sweep_interval_s
        process.spawn(sweep_for_ever(flow, process.clock, every_s=every_s))
