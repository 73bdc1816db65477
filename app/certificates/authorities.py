"""Which authorities there are: the root under the provider, one for each owner under it.

Made when first needed, by whoever writes the row first. Keys are sealed for whom they sign: the
root's for the provider, an owner's for the owner. The root's is opened only to make an owner's.
"""

import asyncio
import logging
from dataclasses import dataclass

from app.certificates.authority import CHARGER_LIFE, Authority, make_authority, make_root
from app.charging.errors import Conflict
from app.charging.ports import Clock, Tables
from app.envelope import Envelope
from app.records import rows
from app.records.certificates import StoredAuthority, authorities
from app.records.owners import PROVIDER

log = logging.getLogger(__name__)

ROOT = "root"
PURPOSE = "charger-ca"


@dataclass(frozen=True, slots=True)
class Authorities:
    """Makes, keeps and opens them. ``name`` is this Strom's host, written into the root."""

    tables: Tables
    envelope: Envelope
    clock: Clock
    name: str

    async def roots_pem(self) -> str:
        """What the edge trusts."""
        return (await self._root()).certificate_pem

    async def of(self, tenant: str) -> Authority:
        """An owner's, with the key to sign with; one that is about to end gets a successor."""
        stored = await self._newest(tenant)
        if stored is None or self._ends_soon(stored):
            stored = await self._make(tenant, stored)
        return await self._opened(tenant, stored)

    async def certificate_pem(self, tenant: str) -> str:
        """An owner's certificate, empty while there is none."""
        stored = await self._newest(tenant)
        return "" if stored is None else stored.certificate_pem

    async def _newest(self, tenant: str) -> StoredAuthority | None:
        found = await authorities(self.tables).all(tenant)
        return max(found, key=lambda each: int(each.id), default=None)

    def _ends_soon(self, stored: StoredAuthority) -> bool:
        ends = Authority(stored.certificate_pem, "").certificate.not_valid_after_utc
        return ends - self.clock.now() < CHARGER_LIFE

    async def _make(self, tenant: str, before: StoredAuthority | None) -> StoredAuthority:
        root = await self._opened(PROVIDER, await self._root())
        owner = await rows.tenants(self.tables).get(tenant, tenant)
        now = self.clock.now()
        made = await asyncio.to_thread(make_authority, root, tenant, owner.name, now)
        number = 1 if before is None else int(before.id) + 1
        return await self._keep(tenant, str(number), made)

    async def _root(self) -> StoredAuthority:
        found = await authorities(self.tables).find(PROVIDER, ROOT)
        if found is not None:
            return found
        made = await asyncio.to_thread(make_root, self.name, self.clock.now())
        log.info("a root for charge points' certificates is made")
        return await self._keep(PROVIDER, ROOT, made)

    async def _keep(self, tenant: str, authority_id: str, made: Authority) -> StoredAuthority:
        sealed = await self.envelope.seal(tenant, PURPOSE, made.key_pem.encode())
        stored = StoredAuthority(authority_id, made.certificate_pem, sealed, self.clock.now())
        try:
            await authorities(self.tables).add(tenant, stored)
        except Conflict:  # somebody else was first
            return await authorities(self.tables).get(tenant, authority_id)
        return stored

    async def _opened(self, tenant: str, stored: StoredAuthority) -> Authority:
        key = await self.envelope.open(tenant, PURPOSE, stored.sealed_key)
        return Authority(stored.certificate_pem, key.decode())
