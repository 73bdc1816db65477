"""The owner's own backend of a charge point: where it is, how it does, what it is to be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.charging.errors import ConditionFailed
from app.charging.ports import Absent, Delete, Exists, Key, Put, Tables, Update, Value
from app.edge_messages import UpstreamState, UpstreamTransaction
from app.records import keys
from app.records.codec import from_item, to_item, to_values

Mode = Literal["mirror", "shared"]
WhenDown = Literal["accept", "refuse"]


@dataclass(frozen=True, slots=True)
class UpstreamSetup:
    """What the owner has set. The password is sealed.

    ``report_id_tag``: under which idTag our own charges are told; empty: in ``shared`` they are
    not told at all.
    """

    url: str
    mode: Mode
    when_down: WhenDown = "refuse"
    username: str = ""
    sealed_password: bytes = b""
    report_id_tag: str = ""
    ca_pem: str = ""


@dataclass(frozen=True, slots=True)
class UpstreamEnd:
    """The end of a transaction, as far as the backend is told of it."""

    stopped_at: datetime
    meter_stop_wh: int
    stop_reason: str
    stop_sequence: int = 0


@dataclass(frozen=True, slots=True)
class Upstreams:
    """The repository. Charge points without an upstream have none of these rows."""

    tables: Tables

    async def setup(self, tenant: str, charge_point: str) -> UpstreamSetup | None:
        """What the owner has set, or None."""
        item = await self.tables.tenant(tenant).get(_key(tenant, charge_point, "UPSTREAM"))
        return None if item is None else from_item(UpstreamSetup, item)

    async def put_setup(self, tenant: str, charge_point: str, setup: UpstreamSetup) -> None:
        """Keep it in the place of what was set before."""
        key = _key(tenant, charge_point, "UPSTREAM")
        await self.tables.tenant(tenant).write([Put(to_item(key.pk, key.sk, setup))])

    async def remove(self, tenant: str, charge_point: str) -> None:
        """Forget it, and all it was to be told."""
        gone = [_key(tenant, charge_point, "UPSTREAM"), _key(tenant, charge_point, "UPSTATE")]
        for told in await self.transactions(tenant, charge_point):
            gone.append(_of(tenant, charge_point, told.transaction_id))
        for key in gone:
            await self.tables.tenant(tenant).write([Delete(key)])

    async def state(self, tenant: str, charge_point: str) -> UpstreamState | None:
        """How the link did when the edge told last."""
        item = await self.tables.tenant(tenant).get(_key(tenant, charge_point, "UPSTATE"))
        return None if item is None else from_item(UpstreamState, item)

    async def put_state(self, tenant: str, charge_point: str, state: UpstreamState) -> None:
        """Keep what the edge tells."""
        key = _key(tenant, charge_point, "UPSTATE")
        await self.tables.tenant(tenant).write([Put(to_item(key.pk, key.sk, state))])

    async def transactions(self, tenant: str, charge_point: str) -> list[UpstreamTransaction]:
        """Those the backend does not know all of, the oldest first; some ten at most, usually."""
        pk = keys.charge_point_pk(tenant, charge_point)
        page = await self.tables.tenant(tenant).query(pk, sk_prefix="UTX#")
        found = [from_item(UpstreamTransaction, item) for item in page.items]
        return sorted(found, key=lambda told: told.at)

    async def begin(
        self, tenant: str, charge_point: str, told: UpstreamTransaction
    ) -> UpstreamTransaction:
        """Keep a new one; a replay finds the one that is kept."""
        key, table = _of(tenant, charge_point, told.transaction_id), self.tables.tenant(tenant)
        try:
            await table.write([Put(to_item(key.pk, key.sk, told), Absent())])
        except ConditionFailed:
            item = await table.get(key)
            kept = told if item is None else from_item(UpstreamTransaction, item)
            if kept.stopped_at is None or kept.at >= told.at:
                return kept
            await table.write([Put(to_item(key.pk, key.sk, told))])  # its name is given anew
        return told

    async def ended(self, tenant: str, charge_point: str, number: int, end: UpstreamEnd) -> None:
        """The charge point has stopped one; nothing if the backend knows that already."""
        await self._change(tenant, _of(tenant, charge_point, number), to_values(end))

    async def named(self, tenant: str, charge_point: str, number: int, upstream_id: int) -> None:
        """The backend has given it a number."""
        await self._change(tenant, _of(tenant, charge_point, number), {"upstream_id": upstream_id})

    async def forget(self, tenant: str, charge_point: str, numbers: Sequence[int]) -> None:
        """The backend knows all of these, or never will."""
        for number in numbers:
            await self.tables.tenant(tenant).write([Delete(_of(tenant, charge_point, number))])

    async def _change(self, tenant: str, key: Key, values: Mapping[str, Value]) -> None:
        try:
            await self.tables.tenant(tenant).write([Update(key, set=values, condition=Exists())])
        except ConditionFailed:
            return  # told to the end, or never


def runs_on(transactions: Sequence[UpstreamTransaction], connector: int) -> bool:
    """Whether one of the backend's own runs on a connector."""
    return any(
        told.foreign and told.connector == connector and told.stopped_at is None
        for told in transactions
    )


def _key(tenant: str, charge_point: str, sk: str) -> Key:
    return Key(keys.charge_point_pk(tenant, charge_point), sk)


def _of(tenant: str, charge_point: str, number: int) -> Key:
    return _key(tenant, charge_point, f"UTX#{number}")
