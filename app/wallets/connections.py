"""Stored wallet connections: the kinds there are, opening one, trying one before it is saved.

Credentials are stored sealed for their tenant. An open wallet is kept as long as its sealed form
stays the same, the least recently used are closed first; ``close`` of a wallet therefore lets
calls under way finish.
"""

import logging
from collections import OrderedDict
from collections.abc import Mapping

from app.charging.errors import Unavailable
from app.charging.ports import Wallet
from app.envelope import Envelope
from app.wallets.backend import Backend, Parts, ProbeReport, WalletCredentials, backend_of
from app.wallets.lnbits_backend import LnbitsBackend
from app.wallets.lnd_backend import LndBackend
from app.wallets.nwc_backend import NwcBackend
from app.wallets.sandbox_backend import SandboxBackend
from app.wallets.sealing import PURPOSE, seal_credentials

log = logging.getLogger(__name__)

CLOSED = "The wallet cannot be opened here just now."
"""To drivers and owners; the log says why its stored key does not open."""

BACKENDS: Mapping[str, Backend] = {
    backend.kind: backend
    for backend in (LnbitsBackend(), NwcBackend(), LndBackend(), SandboxBackend())
}
"""Every kind of wallet, in the order in which they are offered."""


def read_credentials(kind: str, fields: Mapping[str, str]) -> WalletCredentials:
    """What an owner entered, checked; ``BadInput`` names the field."""
    return backend_of(BACKENDS, kind).check(fields)


class WalletOpener:
    """Opens tenants' wallets and keeps the ones in use."""

    def __init__(self, parts: Parts, envelope: Envelope, *, most_open: int = 1000) -> None:
        self._parts = parts
        self._envelope = envelope
        self._most_open = most_open
        self._open: OrderedDict[tuple[str, str], tuple[bytes, Wallet]] = OrderedDict()

    async def seal(self, tenant: str, credentials: WalletCredentials) -> bytes:
        """The stored form of a connection's credentials."""
        return await seal_credentials(self._envelope, tenant, credentials)

    async def open(self, tenant: str, connection_id: str, sealed: bytes) -> Wallet:
        """The wallet of a stored connection; raises ``Unavailable`` if it cannot be unsealed."""
        key = (tenant, connection_id)
        kept = self._open.get(key)
        if kept is not None and kept[0] == sealed:
            self._open.move_to_end(key)
            return kept[1]
        try:
            stored = await self._envelope.open(tenant, PURPOSE, sealed)
        except Unavailable as error:
            log.error("the wallet %s of %s: %s", connection_id, tenant, error)  # noqa: TRY400  # known
            raise Unavailable(CLOSED) from error
        credentials = WalletCredentials.from_bytes(stored)
        wallet = backend_of(BACKENDS, credentials.kind).open(self._parts, tenant, credentials)
        replaced = self._open.pop(key, None)
        self._open[key] = (sealed, wallet)
        if replaced is not None:
            await replaced[1].close()
        await self._shrink(self._most_open)
        return wallet

    async def probe(self, tenant: str, credentials: WalletCredentials) -> ProbeReport:
        """Try a wallet before it is saved."""
        return await backend_of(BACKENDS, credentials.kind).probe(self._parts, tenant, credentials)

    async def close(self) -> None:
        """Close every open wallet."""
        await self._shrink(0)

    async def _shrink(self, most: int) -> None:
        while len(self._open) > most:
            _, (_, wallet) = self._open.popitem(last=False)
            await wallet.close()
