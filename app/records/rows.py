"""One repository for what an owner sets up: rows ``<KIND>#<id>`` in the tenant's partition."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from app.charging.errors import ConditionFailed, Conflict, NotFound
from app.charging.ports import Absent, Delete, Equals, Exists, Item, Key, Put, Tables
from app.records import keys
from app.records.charge_points import ChargePoint, Location
from app.records.codec import from_item, to_item, to_values
from app.records.id_tags import IdTag
from app.records.owners import Alert, ApiKey, Invitation, Listing, LoginKey, Tenant, User
from app.records.wallets import WalletConnection


class HasId(Protocol):
    """A record that names itself."""

    @property
    def id(self) -> str:
        """Unique within its tenant and kind."""
        ...


R = TypeVar("R", bound=HasId)


@dataclass(frozen=True, slots=True)
class Rows(Generic[R]):
    """Rows of one kind. Few per tenant, read whole."""

    tables: Tables
    kind: type[R]
    prefix: str
    noun: str

    async def find(self, tenant: str, record_id: str) -> R | None:
        """The record, or None."""
        item = await self.tables.tenant(tenant).get(self._key(tenant, record_id))
        return None if item is None else from_item(self.kind, item)

    async def get(self, tenant: str, record_id: str) -> R:
        """The record; raises ``NotFound``."""
        found = await self.find(tenant, record_id)
        if found is None:
            raise NotFound(f"there is no {self.noun} {record_id!r}")
        return found

    async def all(self, tenant: str) -> list[R]:
        """Every record of the tenant, in order of id."""
        table, start, found = self.tables.tenant(tenant), None, list[R]()
        while True:
            page = await table.query(
                keys.tenant_pk(tenant), sk_prefix=f"{self.prefix}#", start=start
            )
            found += [from_item(self.kind, item) for item in page.items]
            if page.next_start is None:
                return found
            start = page.next_start

    async def add(self, tenant: str, record: R) -> None:
        """Keep a new record; raises ``Conflict`` when the id is taken."""
        try:
            await self.tables.tenant(tenant).write([Put(self._item(tenant, record), Absent())])
        except ConditionFailed:
            raise Conflict(f"{self.noun} {record.id!r} exists already") from None

    async def replace(self, tenant: str, old: R, new: R) -> None:
        """Put ``new`` in the place of ``old``; raises ``Conflict`` when it changed meanwhile."""
        unchanged = Equals(to_values(old))
        try:
            await self.tables.tenant(tenant).write([Put(self._item(tenant, new), unchanged)])
        except ConditionFailed:
            raise Conflict(f"the {self.noun} was changed meanwhile; look at it again") from None

    async def remove(self, tenant: str, record_id: str) -> None:
        """Remove it; raises ``NotFound``."""
        try:
            await self.tables.tenant(tenant).write([Delete(self._key(tenant, record_id), Exists())])
        except ConditionFailed:
            raise NotFound(f"there is no {self.noun} {record_id!r}") from None

    def _key(self, tenant: str, record_id: str) -> Key:
        return keys.of_tenant(tenant, f"{self.prefix}#{record_id}")

    def _item(self, tenant: str, record: R) -> Item:
        return to_item(keys.tenant_pk(tenant), f"{self.prefix}#{record.id}", record)


def tenants(tables: Tables) -> Rows[Tenant]:
    """The tenant's own record, its id twice in the key."""
    return Rows(tables, Tenant, "TENANT", "tenant")


def users(tables: Tables) -> Rows[User]:
    """People who sign in."""
    return Rows(tables, User, "USER", "user")


def login_keys(tables: Tables) -> Rows[LoginKey]:
    """Wallets that sign people in."""
    return Rows(tables, LoginKey, "LOGINKEY", "wallet")


def api_keys(tables: Tables) -> Rows[ApiKey]:
    """Keys for programs."""
    return Rows(tables, ApiKey, "APIKEY", "API key")


def invitations(tables: Tables) -> Rows[Invitation]:
    """Invitations to sign up; under ``PROVIDER``."""
    return Rows(tables, Invitation, "INVITE", "invitation")


def listings(tables: Tables) -> Rows[Listing]:
    """The provider's list of tenants; under ``PROVIDER``."""
    return Rows(tables, Listing, "TENANTS", "tenant")


def alerts(tables: Tables) -> Rows[Alert]:
    """What the owner was told of."""
    return Rows(tables, Alert, "ALERT", "alert")


def locations(tables: Tables) -> Rows[Location]:
    """Places with charge points."""
    return Rows(tables, Location, "LOC", "location")


def charge_points(tables: Tables) -> Rows[ChargePoint]:
    """Charge points as set up."""
    return Rows(tables, ChargePoint, "CP", "charge point")


def wallets(tables: Tables) -> Rows[WalletConnection]:
    """Connected wallets."""
    return Rows(tables, WalletConnection, "WALLET", "wallet")


def id_tags(tables: Tables) -> Rows[IdTag]:
    """Cards that charge at the owner's cost."""
    return Rows(tables, IdTag, "TAG", "card")
