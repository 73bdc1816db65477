"""Connectors that are kept for somebody: for a card, or for whoever has the reservation's link."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.charging.ports import Delete, Key, Put, Tables
from app.records import keys
from app.records.codec import from_item, to_item


@dataclass(frozen=True, slots=True)
class Reservation:
    """One connector kept until a moment.

    ``id_tag``: the card, or the idTag of the session that will be paid for. ``session_id`` and
    ``code`` belong to a payer's reservation: its address is ``name+code@host``. ``state``:
    ``asked`` until the charge point has answered, ``accepted``, or ``ours`` where it knows no
    reservations, so that only payers are kept away.
    """

    id: int
    connector: int
    until: datetime
    id_tag: str
    command_id: str
    label: str = ""
    session_id: str = ""
    code: str = ""
    state: Literal["asked", "accepted", "ours"] = "asked"

    def holds(self, now: datetime) -> bool:
        """Whether others are kept away."""
        return now < self.until

    def opens_for(self, code: str) -> bool:
        """Whether a link's code is this reservation's."""
        return bool(self.code) and hmac.compare_digest(self.code.encode(), code.encode())


@dataclass(frozen=True, slots=True)
class Reservations:
    """The repository: at most one for a connector."""

    tables: Tables

    async def at(self, tenant: str, charge_point: str, connector: int) -> Reservation | None:
        """The newest of a connector, also when it is over."""
        item = await self.tables.tenant(tenant).get(_key(tenant, charge_point, connector))
        return None if item is None else from_item(Reservation, item)

    async def all(self, tenant: str, charge_point: str) -> list[Reservation]:
        """Those of a charge point, by connector."""
        pk = keys.charge_point_pk(tenant, charge_point)
        page = await self.tables.tenant(tenant).query(pk, sk_prefix="RES#")
        return [from_item(Reservation, item) for item in page.items]

    async def put(self, tenant: str, charge_point: str, kept: Reservation) -> None:
        """Keep one in the place of an older one."""
        key = _key(tenant, charge_point, kept.connector)
        row = to_item(key.pk, key.sk, kept, expires_at=int(kept.until.timestamp()))
        await self.tables.tenant(tenant).write([Put(row)])

    async def remove(self, tenant: str, charge_point: str, connector: int) -> None:
        """Give the connector back."""
        await self.tables.tenant(tenant).write([Delete(_key(tenant, charge_point, connector))])


def _key(tenant: str, charge_point: str, connector: int) -> Key:
    return Key(keys.charge_point_pk(tenant, charge_point), f"RES#{connector:04d}")
