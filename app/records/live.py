"""What charge points were last seen doing: connection, connector status, transactions.

Online means: the newest connection was not closed, and the edge instance that holds it has a
fresh lease. So a heartbeat costs no write.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from app.charging.errors import ConditionFailed
from app.charging.ports import (
    Absent,
    AbsentOr,
    Clock,
    Equals,
    Item,
    Key,
    Operation,
    Put,
    Tables,
    Update,
)
from app.records import keys
from app.records.charge_points import Connection, ConnectorState, StoredTransaction
from app.records.codec import from_item, to_item, to_ms, to_values

EDGE = "edge"  # directory kind: edge instance → lease


@dataclass(frozen=True, slots=True)
class LiveChargers:
    """The repository of what charge points were last seen doing."""

    tables: Tables
    clock: Clock

    async def connection(self, tenant: str, charge_point: str) -> Connection:
        """The newest connection; epoch 0 when there never was one."""
        item = await self.tables.tenant(tenant).get(_live_key(tenant, charge_point))
        return Connection() if item is None else from_item(Connection, item)

    async def online(self, tenant: str, charge_point: str) -> bool:
        """Whether a command could be delivered now."""
        connection = await self.connection(tenant, charge_point)
        return connection.connected and await self.edge_alive(connection.instance)

    async def connect(self, tenant: str, charge_point: str, made: Connection) -> Connection:
        """Make this the newest connection: the epoch grows. What was known of the device stays."""
        while True:
            old = await self.connection(tenant, charge_point)
            new = replace(
                old,
                epoch=old.epoch + 1,
                instance=made.instance,
                queue=made.queue,
                connection=made.connection,
                protocol=made.protocol,
                connected=True,
                changed_at=self.clock.now(),
            )
            key = _live_key(tenant, charge_point)
            unchanged = AbsentOr({"epoch": old.epoch})
            try:
                put = Put(to_item(key.pk, key.sk, new), unchanged)
                await self.tables.tenant(tenant).write([put])
            except ConditionFailed:
                continue
            return new

    async def change(
        self, tenant: str, charge_point: str, epoch: int, changes: Connection, *names: str
    ) -> bool:
        """Set these fields if the epoch is still the newest; False when it is fenced."""
        values = to_values(changes)
        update = Update(
            _live_key(tenant, charge_point),
            set={name: values[name] for name in names},
            condition=Equals({"epoch": epoch}),
        )
        try:
            await self.tables.tenant(tenant).write([update])
        except ConditionFailed:
            return False
        return True

    async def connector_state(
        self, tenant: str, charge_point: str, connector: int
    ) -> ConnectorState | None:
        """The last status of a connector, or None when it never told."""
        item = await self.tables.tenant(tenant).get(_state_key(tenant, charge_point, connector))
        return None if item is None else from_item(ConnectorState, item)

    async def connector_states(self, tenant: str, charge_point: str) -> dict[int, ConnectorState]:
        """Every connector's last status by number; 0 is the charge point itself."""
        pk = keys.charge_point_pk(tenant, charge_point)
        page = await self.tables.tenant(tenant).query(pk, sk_prefix="C#")
        return {int(str(i["sk"])[2:]): from_item(ConnectorState, i) for i in page.items}

    async def put_connector_state(
        self, tenant: str, charge_point: str, connector: int, state: ConnectorState
    ) -> None:
        """Keep a status unless a newer one is kept."""
        key = _state_key(tenant, charge_point, connector)
        old = await self.connector_state(tenant, charge_point, connector)
        if old is None or old.at <= state.at:
            await self.tables.tenant(tenant).write([Put(to_item(key.pk, key.sk, state))])

    async def transaction(
        self, tenant: str, charge_point: str, transaction_id: int
    ) -> StoredTransaction | None:
        """A transaction by its id, or None."""
        key = _transaction_key(tenant, charge_point, transaction_id)
        item = await self.tables.tenant(tenant).get(key)
        return None if item is None else from_item(StoredTransaction, item)

    async def keep_transaction(
        self, tenant: str, charge_point: str, dedup: str, new: StoredTransaction
    ) -> StoredTransaction:
        """Keep a transaction under what identifies it; a replay gets the one that is kept."""
        pk = keys.charge_point_pk(tenant, charge_point)
        table = self.tables.tenant(tenant)
        dedup_key = Key(pk, f"X#{dedup}")
        while True:
            known = await table.get(dedup_key)
            if known is not None:
                kept = await self.transaction(tenant, charge_point, int(str(known["id"])))
                assert kept is not None  # both rows are written together
                return kept
            by_dedup: Item = {"pk": pk, "sk": dedup_key.sk, "id": new.transaction_id}
            by_id = _transaction_key(tenant, charge_point, new.transaction_id)
            rows: list[Operation] = [
                Put(by_dedup, Absent()),
                Put(to_item(by_id.pk, by_id.sk, new), Absent()),
            ]
            try:
                await table.write(rows)
            except ConditionFailed:
                continue
            return new

    async def transaction_stopped(
        self, tenant: str, charge_point: str, transaction_id: int
    ) -> None:
        """Note that the charge point has ended it."""
        key = _transaction_key(tenant, charge_point, transaction_id)
        await self.tables.tenant(tenant).write([Update(key, set={"stopped": True})])

    async def renew_edge(self, instance: str, queue: str, valid_for_s: int) -> None:
        """An edge instance is alive."""
        key = keys.directory(EDGE, instance)
        until = to_ms(self.clock.now() + timedelta(seconds=valid_for_s))
        row: Item = {"pk": key.pk, "sk": key.sk, "queue": queue, "valid_until_ms": until}
        await self.tables.directory().write([Put(row)])

    async def edge_alive(self, instance: str) -> bool:
        """Whether an edge instance has a fresh lease."""
        item = await self.tables.directory().get(keys.directory(EDGE, instance))
        return item is not None and int(str(item["valid_until_ms"])) > to_ms(self.clock.now())


def dedup_key(connector: int, id_tag: str, timestamp: str, meter_wh: int) -> str:
    """What identifies a transaction of a charge point across replays with new message ids.

    ``timestamp`` as the charge point wrote it.
    """
    return f"{connector}.{id_tag.strip().upper()}.{timestamp}.{meter_wh}"


def _live_key(tenant: str, charge_point: str) -> Key:
    return Key(keys.charge_point_pk(tenant, charge_point), "LIVE")


def _state_key(tenant: str, charge_point: str, connector: int) -> Key:
    return Key(keys.charge_point_pk(tenant, charge_point), f"C#{connector}")


def _transaction_key(tenant: str, charge_point: str, transaction_id: int) -> Key:
    return Key(keys.charge_point_pk(tenant, charge_point), f"TX#{transaction_id}")
