"""Connecting wallets that another process opens: tried and sealed here, where they are entered."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.envelope import Envelope
from app.wallets.backend import Backend, Parts, ProbeReport, WalletCredentials
from app.wallets.remote import AskedWallets
from app.wallets.sealing import seal_credentials


@dataclass(slots=True)
class RemoteOpener(AskedWallets):
    """Opens wallets elsewhere; new ones are tried and sealed here."""

    envelope: Envelope
    parts: Parts
    backends: Mapping[str, Backend]

    async def seal(self, tenant: str, credentials: WalletCredentials) -> bytes:
        """The stored form of a connection's credentials."""
        return await seal_credentials(self.envelope, tenant, credentials)

    async def probe(self, tenant: str, credentials: WalletCredentials) -> ProbeReport:
        """Try a wallet before it is saved."""
        backend = self.backends[credentials.kind]
        return await backend.probe(self.parts, tenant, credentials)
