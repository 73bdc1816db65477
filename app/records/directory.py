"""The directory: from what the world names to the tenant it belongs to.

A name is reserved, then the tenant's own rows are written, then it is confirmed; a reservation
that was never confirmed lapses. Never in one transaction with a tenant's rows (they live under
another role).
"""

from dataclasses import dataclass
from datetime import timedelta

from app.charging.errors import ConditionFailed, Conflict
from app.charging.ports import AbsentOr, AtMost, Clock, Delete, Equals, Item, Put, Tables, Update
from app.records import keys
from app.records.codec import from_item, to_item, to_ms

ADDRESS = "address"  # "<name>@<host>" → tenant, "<charge point>/<connector>" (0: the charge point)
LOGIN = "login"  # e-mail, lower-case → tenant, user
WALLET_KEY = "lnurl-auth"  # linking key of LUD-04 → tenant, user
CHARGER_PATH = "charger"  # end of the websocket URL → tenant, charge point


@dataclass(frozen=True, slots=True)
class Entry:
    """Who a name belongs to. ``ref`` says what it names within the tenant."""

    tenant: str
    ref: str
    confirmed: bool = False
    lapses_at_ms: int = 0


RESERVED_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Directory:
    """Names that are unique across tenants, by conditional writes."""

    tables: Tables
    clock: Clock

    async def find(self, kind: str, name: str) -> Entry | None:
        """Who the name belongs to; a reservation that is not confirmed belongs to nobody."""
        item = await self.tables.directory().get(keys.directory(kind, name))
        entry = None if item is None else from_item(Entry, item)
        return entry if entry is not None and entry.confirmed else None

    async def reserve(self, kind: str, name: str, tenant: str, ref: str) -> None:
        """Take a free or lapsed name, or the same one again; raises ``Conflict``."""
        if await self.find(kind, name) == Entry(tenant, ref, confirmed=True):
            return
        key, now = keys.directory(kind, name), self.clock.now()
        entry = Entry(tenant, ref, lapses_at_ms=to_ms(now + RESERVED_FOR))
        item = to_item(key.pk, key.sk, entry)
        mine = AbsentOr({"tenant": tenant, "ref": ref})
        if not await self._put(item, mine):
            lapsed = AtMost("lapses_at_ms", to_ms(now), {"confirmed": False})
            if not await self._put(item, lapsed):
                raise Conflict(f"{name!r} is taken")

    async def confirm(self, kind: str, name: str, tenant: str, ref: str) -> None:
        """Make a reservation lasting."""
        await self.tables.directory().write(
            [
                Update(
                    keys.directory(kind, name),
                    set={"confirmed": True, "lapses_at_ms": 0},
                    condition=Equals({"tenant": tenant, "ref": ref}),
                )
            ]
        )

    async def release(self, kind: str, name: str, tenant: str) -> None:
        """Give a name back; one that is another's is left alone."""
        try:
            await self.tables.directory().write(
                [Delete(keys.directory(kind, name), Equals({"tenant": tenant}))]
            )
        except ConditionFailed:
            return

    async def _put(self, item: Item, condition: AbsentOr | AtMost) -> bool:
        try:
            await self.tables.directory().write([Put(item, condition)])
        except ConditionFailed:
            return False
        return True
