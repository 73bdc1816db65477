"""Which charge points there are: their path, password, place, price, and the names they go by.

Path and names are reserved, the charge point is written, then they are confirmed. If we die before
that, ``mend`` (on every look at the charge point) takes them again.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from app.charge_points.addresses import checked_name, derived_name, named_connectors
from app.charge_points.digests import sha256
from app.charging.errors import BadInput, ConditionFailed, Conflict
from app.charging.ports import Absent, Chance, Check, Clock, Exists, Put, Tables
from app.records import keys, rows
from app.records.charge_points import ChargePoint, Connector
from app.records.codec import to_item
from app.records.directory import ADDRESS, CHARGER_PATH, Directory, Entry
from app.records.drafts import ChargePointChange, ChargePointDraft
from app.records.fields import line
from app.records.ids import new_charger_password, new_id
from app.records.tariffs import Tariffs
from app.records.upstreams import Upstreams
from app.records.views import IssuedCharger

_PATH_LENGTH = 16
_MOST_CONNECTORS = 16
_POWER_W = range(1_000, 1_000_001)
_TRIES = 5


class InUse(Protocol):
    """Tells whether a charge is under way."""

    async def __call__(self, tenant: str, charge_point_id: str) -> bool:
        """True while a session is open at the charge point."""
        ...


class KeepList(Protocol):
    """Has a charge point keep the list of the owner's idTags, or none."""

    async def __call__(self, tenant: str, charge_point: ChargePoint) -> None:
        """From now on, as its ``local_list`` says."""
        ...


@dataclass(frozen=True, slots=True)
class _Name:
    kind: str
    name: str
    ref: str


@dataclass(frozen=True, slots=True)
class ChargerRegistry:
    """Adds, changes and removes an owner's charge points. ``host`` is behind the address's @."""

    tables: Tables
    directory: Directory
    clock: Clock
    chance: Chance
    host: str
    in_use: InUse
    keep_list: KeepList

    async def all(self, tenant: str) -> list[ChargePoint]:
        """Every charge point, by label."""
        found = await rows.charge_points(self.tables).all(tenant)
        return sorted(found, key=lambda charge_point: charge_point.label.casefold())

    async def get(self, tenant: str, charge_point_id: str) -> ChargePoint:
        """One; raises ``NotFound``."""
        charge_point = await rows.charge_points(self.tables).get(tenant, charge_point_id)
        await self.mend(tenant, charge_point)
        return charge_point

    async def add(self, tenant: str, draft: ChargePointDraft) -> IssuedCharger:
        """A new charge point and its password; raises ``BadInput`` or ``Conflict``."""
        password = new_charger_password(self.chance)
        path = new_id(self.chance, _PATH_LENGTH)
        return IssuedCharger(await self.add_known(tenant, draft, path, sha256(password)), password)

    async def add_known(
        self,
        tenant: str,
        draft: ChargePointDraft,
        path: str,
        password_sha256: str,
        open_until: datetime | None = None,
    ) -> ChargePoint:
        """One that has its path and password already; raises ``BadInput`` or ``Conflict``."""
        plain = ChargePoint(
            id=new_id(self.chance),
            path=path,
            label=line(draft.label, field="label", longest=60),
            name="",
            location_id=draft.location_id,
            tariff_id=draft.tariff_id,
            password_sha256=password_sha256,
            created_at=self.clock.now(),
            open_until=open_until,
        )
        _require_plugs(draft)
        await self._require_place_and_price(tenant, draft.location_id, draft.tariff_id)
        charge_point = await self._named(tenant, plain, draft)
        await self._write_new(tenant, charge_point)
        await self._confirm(tenant, charge_point)
        return charge_point

    async def change(
        self, tenant: str, charge_point_id: str, change: ChargePointChange
    ) -> ChargePoint:
        """Another label, place, price, or rule for own use; raises ``BadInput``."""
        before = await self.get(tenant, charge_point_id)
        await self._require_place_and_price(tenant, change.location_id, change.tariff_id)
        after = replace(
            before,
            label=line(change.label, field="label", longest=60),
            location_id=change.location_id,
            tariff_id=change.tariff_id,
            connectors=await self._plugs(tenant, before, change),
            free_vend=change.free_vend,
            local_list=change.local_list,
        )
        await rows.charge_points(self.tables).replace(tenant, before, after)
        if after.local_list is not before.local_list:
            await self.keep_list(tenant, after)
        return after

    async def renew_password(self, tenant: str, charge_point_id: str) -> IssuedCharger:
        """A new password; the old one opens no new connection."""
        before = await self.get(tenant, charge_point_id)
        password = new_charger_password(self.chance)
        after = replace(
            before,
            password_sha256=sha256(password),
            next_password_sha256="",
            previous_password_sha256="",
            previous_until=None,
            open_until=None,
        )
        await rows.charge_points(self.tables).replace(tenant, before, after)
        return IssuedCharger(after, password)

    async def remove(self, tenant: str, charge_point_id: str) -> None:
        """Remove it and give its names back; raises ``Conflict`` while it charges."""
        charge_point = await rows.charge_points(self.tables).get(tenant, charge_point_id)
        if await self.in_use(tenant, charge_point_id):
            raise Conflict("a charge is under way here; stop it first")
        for name in self._names(charge_point):
            await self.directory.release(name.kind, name.name, tenant)
        if charge_point.upstream is not None:
            await Upstreams(self.tables).remove(tenant, charge_point_id)
        await rows.charge_points(self.tables).remove(tenant, charge_point_id)

    async def mend(self, tenant: str, charge_point: ChargePoint) -> None:
        """Take path and names again where confirming them was cut short."""
        for name in self._names(charge_point):
            held = await self.directory.find(name.kind, name.name)
            if held == Entry(tenant, name.ref, confirmed=True):
                continue
            try:
                await self.directory.reserve(name.kind, name.name, tenant, name.ref)
            except Conflict:
                continue  # somebody else's by now; the others still work
            await self.directory.confirm(name.kind, name.name, tenant, name.ref)

    def address(self, name: str) -> str:
        """The lightning address of a name."""
        return f"{name}@{self.host}"

    async def _named(
        self, tenant: str, charge_point: ChargePoint, draft: ChargePointDraft
    ) -> ChargePoint:
        """The charge point with names that are reserved for it."""
        wanted = checked_name(draft.address_name) if draft.address_name.strip() else ""
        stem = wanted or derived_name(charge_point.label) or "charger"
        for attempt in range(_TRIES):
            name = stem if attempt == 0 else f"{stem[:35]}-{new_id(self.chance, 4)}"
            plugs = named_connectors(name, draft.connectors, draft.max_power_w)
            named = replace(charge_point, name=name, connectors=plugs)
            if await self._reserve(tenant, named):
                return named
            if wanted:
                break
        raise Conflict(f"{self.address(stem)} is taken; choose another", field="address_name")

    async def _reserve(self, tenant: str, charge_point: ChargePoint) -> bool:
        taken: list[_Name] = []
        for name in self._names(charge_point):
            try:
                await self.directory.reserve(name.kind, name.name, tenant, name.ref)
            except Conflict:
                for mine in taken:
                    await self.directory.release(mine.kind, mine.name, tenant)
                return False
            taken.append(name)
        return True

    async def _confirm(self, tenant: str, charge_point: ChargePoint) -> None:
        for name in self._names(charge_point):
            await self.directory.confirm(name.kind, name.name, tenant, name.ref)

    async def _write_new(self, tenant: str, charge_point: ChargePoint) -> None:
        """Write it together with the check that its place and price are still there."""
        item = to_item(keys.tenant_pk(tenant), f"CP#{charge_point.id}", charge_point)
        try:
            await self.tables.tenant(tenant).write(
                [
                    Put(item, Absent()),
                    Check(keys.of_tenant(tenant, f"LOC#{charge_point.location_id}"), Exists()),
                    *(
                        Check(keys.of_tenant(tenant, f"TARIFF#{tariff}"), Exists())
                        for tariff in charge_point.tariff_ids
                    ),
                ]
            )
        except ConditionFailed:
            raise Conflict("the location or the tariff was just removed") from None

    async def _require_place_and_price(self, tenant: str, location: str, tariff: str) -> None:
        if not location or await rows.locations(self.tables).find(tenant, location) is None:
            raise BadInput("choose one of your locations", field="location_id")
        await self._require_price(tenant, tariff, usual=True)

    async def _require_price(self, tenant: str, tariff: str, *, usual: bool = False) -> None:
        """Of what is chosen, or of the owner's usual one where nothing is: it must be in force."""
        if usual and not tariff:
            owner = await rows.tenants(self.tables).find(tenant, tenant)
            tariff = "" if owner is None else owner.tariff_id
        head = await Tariffs(self.tables).find(tenant, tariff) if tariff else None
        if head is None:
            raise BadInput("choose one of your tariffs", field="tariff_id")
        if not head.in_force(self.clock.now()):
            raise BadInput(f"{head.name} does not hold yet; choose another", field="tariff_id")

    async def _plugs(
        self, tenant: str, before: ChargePoint, change: ChargePointChange
    ) -> tuple[Connector, ...]:
        """The connectors with the prices of their own that were chosen."""
        if change.connector_tariffs is None:
            return before.connectors
        for tariff in change.connector_tariffs.values():
            if tariff:
                await self._require_price(tenant, tariff)
        return tuple(
            replace(plug, tariff_id=change.connector_tariffs.get(plug.number, ""))
            for plug in before.connectors
        )

    def _names(self, charge_point: ChargePoint) -> list[_Name]:
        plugs = [(plug.name, plug.number) for plug in charge_point.connectors]
        addresses = [
            _Name(ADDRESS, self.address(name), f"{charge_point.id}/{number}")
            for name, number in [(charge_point.name, 0), *plugs]
        ]
        return [_Name(CHARGER_PATH, charge_point.path, charge_point.id), *addresses]


def _require_plugs(draft: ChargePointDraft) -> None:
    if draft.connectors not in range(1, _MOST_CONNECTORS + 1):
        raise BadInput(f"1 to {_MOST_CONNECTORS} connectors", field="connectors")
    if draft.max_power_w not in _POWER_W:
        raise BadInput("1 to 1000 kW", field="max_power_w")
