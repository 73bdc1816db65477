"""A new tenant with its first user, written so that a crash between any two writes does no harm.

The e-mail is reserved, the rows are written, then it is confirmed. Dying in between leaves a tenant
nobody can sign in to; its e-mail is free again after a while.
"""

from dataclasses import dataclass

from app.charging.ports import Absent, Chance, Clock, Put, Tables
from app.records import keys, rows
from app.records.codec import to_item
from app.records.directory import LOGIN, Directory
from app.records.ids import new_id
from app.records.owners import PROVIDER, TENANT_ID_LENGTH, Listing, Tenant, User
from app.records.views import Actor


@dataclass(frozen=True, slots=True)
class Founding:
    """Creates tenants."""

    tables: Tables
    directory: Directory
    clock: Clock
    chance: Chance

    def new_tenant_id(self) -> str:
        """An id nobody has."""
        return new_id(self.chance, TENANT_ID_LENGTH)

    async def found(self, tenant: Tenant, user: User) -> Actor:
        """Write both; raises ``Conflict`` when the e-mail is somebody's."""
        await self.directory.reserve(LOGIN, user.email, tenant.id, user.id)
        await rows.listings(self.tables).add(PROVIDER, Listing(tenant.id, tenant.created_at))
        pk = keys.tenant_pk(tenant.id)
        await self.tables.tenant(tenant.id).write(
            [
                Put(to_item(pk, f"TENANT#{tenant.id}", tenant), Absent()),
                Put(to_item(pk, f"USER#{user.id}", user), Absent()),
            ]
        )
        await self.directory.confirm(LOGIN, user.email, tenant.id, user.id)
        return Actor(tenant, user)
