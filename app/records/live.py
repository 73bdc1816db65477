"""What charge points were last seen doing: connection, connector status, transactions.

Online means: the newest connection was not closed, and the edge instance that holds it has a
fresh lease. So a heartbeat costs no write.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from app.charging.errors import ConditionFailed, StorageConflict, Unavailable
from app.charging.ports import (
    Absent,
    AbsentOr,
    Clock,
    Delete,
    Equals,
    Item,
    Key,
    Put,
    Tables,
    Update,
)
from app.records import keys
from app.records.charge_points import Connection, ConnectorState, StoredTransaction
from app.records.codec import from_item, from_ms, to_item, to_ms, to_values

_OF_THE_SOCKET = (
    "epoch",
    "instance",
    "queue",
    "connection",
    "protocol",
    "connected",
    "changed_at",
    "profile",
    "highest_profile",
    "certificate_sha256",
    "drop",
    "drops",
)
_LONGEST = 64
_TRIES = 8
_RETRY_S = 0.02
_MOST_REMEMBERED = 20_000
_MOST_DROPS = 24
_DROPS_KEPT = timedelta(days=1)
FREE = frozenset({"Available", "Faulted"})
"""At a connector that says so no car can be seen to stand."""
CHARGES = frozenset({"Charging", "SuspendedEV", "SuspendedEVSE"})
EDGE = "edge"  # directory kind: edge instance → lease


@dataclass(frozen=True, slots=True)
class LiveChargers:
    """The repository of what charge points were last seen doing."""

    tables: Tables
    clock: Clock
    sessions_of: dict[tuple[str, str, int], str] = field(default_factory=dict)

    async def connection(self, tenant: str, charge_point: str) -> Connection:
        """The newest connection; epoch 0 when there never was one."""
        item = await self.tables.tenant(tenant).get(_live_key(tenant, charge_point))
        return Connection() if item is None else from_item(Connection, item)

    async def forget(self, tenant: str, charge_point: str) -> None:
        """Remove what is known of a connection that nobody asks about any more."""
        await self.tables.tenant(tenant).write([Delete(_live_key(tenant, charge_point))])

    async def online(self, tenant: str, charge_point: str) -> bool:
        """Whether a command could be delivered now."""
        connection = await self.connection(tenant, charge_point)
        return connection.connected and await self.edge_alive(connection.instance)

    async def connect(
        self,
        tenant: str,
        charge_point: str,
        made: Connection,
        admit: Callable[[Connection], None] | None = None,
    ) -> tuple[Connection, Connection]:
        """Make this the newest connection: the epoch grows. Returns the one before it, and this.

        What is known of the device stays, also what is being written of it meanwhile. ``admit``
        sees the one before, and raises where it may not be followed by this.
        """
        while True:
            old = await self.connection(tenant, charge_point)
            if admit is not None:
                admit(old)
            new = replace(
                old,
                epoch=old.epoch + 1,
                instance=made.instance,
                queue=made.queue,
                connection=made.connection,
                protocol=made.protocol,
                connected=True,
                changed_at=self.clock.now(),
                profile=made.profile,
                highest_profile=max(old.highest_profile, made.profile),
                certificate_sha256=made.certificate_sha256,
                drop="",
                drops=_drops(old, self.clock.now()),
            )
            values = to_values(new)
            update = Update(
                _live_key(tenant, charge_point),
                set={name: values[name] for name in _OF_THE_SOCKET},
                condition=AbsentOr({"epoch": old.epoch}),
            )
            try:
                await self.tables.tenant(tenant).write([update])
            except ConditionFailed:
                continue
            return old, new

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
        self, tenant: str, charge_point: str, connector: int, state: ConnectorState, *, epoch: int
    ) -> bool:
        """Keep a status unless a newer one is kept: of a later connection, or a later moment.

        A moment that is still to come was told while our clock was wrong, and is no later.
        """
        key, table = _state_key(tenant, charge_point, connector), self.tables.tenant(tenant)
        while True:
            item, old = await table.get(key), None
            if item is not None:
                old, old_epoch = from_item(ConnectorState, item), int(str(item.get("epoch", 0)))
                is_later = state.at < old.at <= self.clock.now()
                if old_epoch > epoch or (old_epoch == epoch and is_later):
                    return False
            unchanged = Absent() if item is None else Equals(_but_the_key(item))
            known = replace(state, free_since=_free_since(old, state))
            try:
                await table.write([Put(to_item(key.pk, key.sk, known, epoch=epoch), unchanged)])
            except ConditionFailed:
                continue
            return True

    async def transaction(
        self, tenant: str, charge_point: str, transaction_id: int
    ) -> StoredTransaction | None:
        """A transaction by its id, or None."""
        key = _transaction_key(tenant, charge_point, transaction_id)
        item = await self.tables.tenant(tenant).get(key)
        return None if item is None else from_item(StoredTransaction, item)

    async def session_of(self, tenant: str, charge_point: str, transaction_id: int) -> str | None:
        """The session of a transaction, empty for a stranger's; None when it is not known.

        It hardly ever changes, so this process need not ask twice.
        """
        key = (tenant, charge_point, transaction_id)
        found = self.sessions_of.get(key)
        if found is None:
            kept = await self.transaction(tenant, charge_point, transaction_id)
            if kept is None or kept.is_only_its_end:
                return None
            found = self.sessions_of[key] = kept.session_id
            if len(self.sessions_of) > _MOST_REMEMBERED:
                del self.sessions_of[next(iter(self.sessions_of))]
        return found

    async def keep_transaction(
        self, tenant: str, charge_point: str, dedup: str, made: Callable[[int], StoredTransaction]
    ) -> StoredTransaction:
        """Keep a transaction under an id that follows from what identifies it.

        So a replay finds the one that is kept; two of the same id are told apart by what
        identifies them, and the later gets the next id. ``made`` makes the new one for its id.
        """
        table, taken = self.tables.tenant(tenant), 0
        for attempt in range(_TRIES):
            new = made(transaction_id(charge_point, dedup, taken))
            key = _transaction_key(tenant, charge_point, new.transaction_id)
            try:
                await table.write([Put(to_item(key.pk, key.sk, new, dedup=dedup), Absent())])
            except ConditionFailed:
                kept = await table.get(key)
                if kept is not None and kept["dedup"] == dedup:
                    return from_item(StoredTransaction, kept)
                taken += 1
            except StorageConflict:  # most likely a replay of the same
                await self.clock.sleep(_RETRY_S * 2**attempt)
            else:
                return new
        raise Unavailable("the transaction could not be saved just now")

    async def keep_named_transaction(
        self, tenant: str, charge_point: str, new: StoredTransaction
    ) -> StoredTransaction:
        """Keep a transaction whose id follows from the charge point's own name for it.

        Its start and its end may come in any order: what is kept has both in the end.
        """
        table = self.tables.tenant(tenant)
        key = _transaction_key(tenant, charge_point, new.transaction_id)
        for attempt in range(_TRIES):
            item = await table.get(key)
            kept = None if item is None else from_item(StoredTransaction, item)
            if kept is not None:
                if not kept.is_only_its_end or new.is_only_its_end:
                    return kept
                whole = _with_its_end(new, kept)
            else:
                whole = new
            unchanged = Absent() if item is None else Equals(_but_the_key(item))
            try:
                await table.write([Put(to_item(key.pk, key.sk, whole), unchanged)])
            except (ConditionFailed, StorageConflict):
                await self.clock.sleep(_RETRY_S * 2**attempt)
            else:
                self.sessions_of.pop((tenant, charge_point, new.transaction_id), None)
                return whole
        raise Unavailable("the transaction could not be saved just now")

    async def rename_transaction(
        self, tenant: str, charge_point: str, new: StoredTransaction
    ) -> None:
        """Give the name of one that is over to the one that has it now."""
        key = _transaction_key(tenant, charge_point, new.transaction_id)
        await self.tables.tenant(tenant).write([Put(to_item(key.pk, key.sk, new))])
        self.sessions_of.pop((tenant, charge_point, new.transaction_id), None)

    async def transaction_stopped(
        self, tenant: str, charge_point: str, transaction_id: int
    ) -> None:
        """Note that the charge point has ended it."""
        key = _transaction_key(tenant, charge_point, transaction_id)
        await self.tables.tenant(tenant).write([Update(key, set={"stopped": True})])

    async def renew_edge(self, instance: str, queue: str, valid_for_s: int) -> None:
        """An edge instance is alive."""
        key = keys.directory(EDGE, instance)
        now = self.clock.now()
        row: Item = {
            "pk": key.pk,
            "sk": key.sk,
            "queue": queue,
            "renewed_ms": to_ms(now),
            "valid_until_ms": to_ms(now + timedelta(seconds=valid_for_s)),
        }
        await self.tables.directory().write([Put(row)])

    async def edge_alive(self, instance: str) -> bool:
        """Whether an edge instance has a fresh lease."""
        item = await self.tables.directory().get(keys.directory(EDGE, instance))
        return item is not None and int(str(item["valid_until_ms"])) > to_ms(self.clock.now())

    async def edge_gone_since(self, instance: str) -> datetime | None:
        """When an edge instance whose lease has ended was alive last; None while it lasts."""
        item = await self.tables.directory().get(keys.directory(EDGE, instance))
        if item is None:
            return from_ms(0)
        until_ms = int(str(item["valid_until_ms"]))
        if until_ms > to_ms(self.clock.now()):
            return None
        return from_ms(int(str(item.get("renewed_ms", until_ms))))


def _drops(old: Connection, now: datetime) -> tuple[str, ...]:
    """The ends of the last day's connections, with that of the one that is replaced.

    One that was never told to have ended was cut off without a word, or is still there.
    """
    if old.epoch == 0:
        return ()
    at, why = (now, "replaced") if old.connected else (old.changed_at or now, old.drop or "lost")
    known = (*old.drops, f"{int(at.timestamp())} {why}")
    oldest = (now - _DROPS_KEPT).timestamp()
    return tuple(drop for drop in known if float(drop.split()[0]) >= oldest)[-_MOST_DROPS:]


def _free_since(old: ConnectorState | None, new: ConnectorState) -> datetime | None:
    before = None if old is None else old.free_since
    if new.status in CHARGES:
        return None
    return before or (new.at if new.status in FREE else None)


def _with_its_end(start: StoredTransaction, end: StoredTransaction) -> StoredTransaction:
    return replace(
        start,
        stopped=True,
        stopped_at=end.stopped_at,
        meter_stop_wh=end.meter_stop_wh,
        stop_reason=end.stop_reason,
        signed=end.signed,
    )


def _but_the_key(item: Item) -> Item:
    return {name: value for name, value in item.items() if name not in ("pk", "sk")}


def dedup_key(connector: int, id_tag: str, timestamp: str, meter_wh: int) -> str:
    """What identifies a transaction of a charge point across replays with new message ids.

    ``timestamp`` as the charge point wrote it. Cut where no honest one is as long.
    """
    tag, written = id_tag.strip().upper()[:_LONGEST], timestamp[:_LONGEST]
    return f"{connector}.{tag}.{written}.{meter_wh}"


def transaction_id(charge_point: str, dedup: str, taken: int) -> int:
    """31 bits, never 0; another for each that is ``taken``."""
    digest = sha256(f"{charge_point}|{dedup}|{taken}".encode()).digest()
    return 1 + int.from_bytes(digest[:8]) % (2**31 - 1)


def _live_key(tenant: str, charge_point: str) -> Key:
    return Key(keys.charge_point_pk(tenant, charge_point), "LIVE")


def _state_key(tenant: str, charge_point: str, connector: int) -> Key:
    return Key(keys.charge_point_pk(tenant, charge_point), f"C#{connector}")


def _transaction_key(tenant: str, charge_point: str, transaction_id: int) -> Key:
    return Key(keys.charge_point_pk(tenant, charge_point), f"TX#{transaction_id}")
