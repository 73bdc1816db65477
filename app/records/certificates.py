"""Authorities of owners, and the certificates of their charge points.

``T#t#`` has ``CA#<id>``, the provider's partition the root; ``T#t#P#<charge point>`` has a row for
each certificate under its fingerprint, so that who connects with one is found by one look.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from app.charging.errors import ConditionFailed, Conflict, NotFound
from app.charging.ports import Absent, Delete, Equals, Key, Put, Tables
from app.records import keys
from app.records.codec import from_item, to_item, to_values
from app.records.rows import Rows

PREFIX = "CERT#"


@dataclass(frozen=True, slots=True)
class StoredAuthority:
    """A certificate that signs others; its key is sealed for the tenant."""

    id: str
    certificate_pem: str
    sealed_key: bytes
    created_at: datetime


CertificateState = Literal["sent", "in_use", "refused", "replaced", "revoked"]
OPENS: tuple[CertificateState, ...] = ("sent", "in_use")
"""``sent``: signed, and perhaps with the charge point already; ``replaced``: a newer one was used;
``refused``: the charge point did not take it."""


@dataclass(frozen=True, slots=True)
class ChargerCertificate:
    """A certificate that a charge point was given. ``sha256`` of its DER, ``serial`` in hex."""

    sha256: str
    serial: str
    common_name: str
    chain_pem: str
    key_sha256: str
    issued_at: datetime
    not_after: datetime
    state: CertificateState = "sent"
    detail: str = ""
    """What the charge point said when it refused it."""

    def opens(self, now: datetime) -> bool:
        """Whether the charge point may come in with it."""
        return self.state in OPENS and now < self.not_after


@dataclass(frozen=True, slots=True)
class ChargerCertificates:
    """The certificates of charge points. Few for each: old ones are removed with new ones."""

    tables: Tables

    async def find(self, tenant: str, charge_point: str, sha256: str) -> ChargerCertificate | None:
        """The one with this fingerprint, or None."""
        item = await self.tables.tenant(tenant).get(_key(tenant, charge_point, sha256))
        return None if item is None else from_item(ChargerCertificate, item)

    async def all(self, tenant: str, charge_point: str) -> list[ChargerCertificate]:
        """Every one that is kept, the newest first."""
        pk = keys.charge_point_pk(tenant, charge_point)
        page = await self.tables.tenant(tenant).query(pk, sk_prefix=PREFIX)
        found = [from_item(ChargerCertificate, item) for item in page.items]
        return sorted(found, key=lambda each: each.issued_at, reverse=True)

    async def add(self, tenant: str, charge_point: str, made: ChargerCertificate) -> None:
        """Keep a new one."""
        key = _key(tenant, charge_point, made.sha256)
        await self.tables.tenant(tenant).write([Put(to_item(key.pk, key.sk, made), Absent())])

    async def change(
        self,
        tenant: str,
        charge_point: str,
        old: ChargerCertificate,
        state: CertificateState,
        detail: str = "",
    ) -> ChargerCertificate:
        """Another state; raises ``Conflict`` when it changed meanwhile."""
        key = _key(tenant, charge_point, old.sha256)
        new = replace(old, state=state, detail=detail)
        put = Put(to_item(key.pk, key.sk, new), Equals(to_values(old)))
        try:
            await self.tables.tenant(tenant).write([put])
        except ConditionFailed:
            raise Conflict("the certificate was changed meanwhile; look at it again") from None
        return new

    async def by_serial(self, tenant: str, charge_point: str, serial: str) -> ChargerCertificate:
        """The one with this serial number; raises ``NotFound``."""
        for each in await self.all(tenant, charge_point):
            if each.serial == serial:
                return each
        raise NotFound("there is no such certificate")

    async def remove(self, tenant: str, charge_point: str, sha256: str) -> None:
        """Forget one; it opens nothing any more."""
        await self.tables.tenant(tenant).write([Delete(_key(tenant, charge_point, sha256))])


def authorities(tables: Tables) -> Rows[StoredAuthority]:
    """Those of a tenant; the root is the provider's."""
    return Rows(tables, StoredAuthority, "CA", "certificate authority")


def _key(tenant: str, charge_point: str, sha256: str) -> Key:
    return Key(keys.charge_point_pk(tenant, charge_point), f"{PREFIX}{sha256}")
