"""How a charge point is configured as far as it has told, and what was set on purpose."""

from dataclasses import dataclass, field
from datetime import datetime

from app.charging.ports import Key, Put, Tables
from app.records import keys
from app.records.codec import from_item, to_item


@dataclass(frozen=True, slots=True)
class ReadConfiguration:
    """What it has told. ``asked_at``: when it was last asked by us, answered or not."""

    values: dict[str, str] = field(default_factory=dict)
    read_only: tuple[str, ...] = ()
    read_at: datetime | None = None
    asked_at: datetime | None = None
    asked_firmware: str = ""


@dataclass(frozen=True, slots=True)
class SetValue:
    """A value that the charge point has accepted, and is wanted to keep."""

    value: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class WantedConfiguration:
    """Key → what was set."""

    values: dict[str, SetValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Configurations:
    """The repository: two rows for a charge point, of which the last write counts."""

    tables: Tables

    async def read(self, tenant: str, charge_point: str) -> ReadConfiguration:
        """What it has told; nothing so far, perhaps."""
        item = await self.tables.tenant(tenant).get(_key(tenant, charge_point, "CONFIG"))
        return ReadConfiguration() if item is None else from_item(ReadConfiguration, item)

    async def put_read(self, tenant: str, charge_point: str, told: ReadConfiguration) -> None:
        """Keep what it has told."""
        key = _key(tenant, charge_point, "CONFIG")
        await self.tables.tenant(tenant).write([Put(to_item(key.pk, key.sk, told))])

    async def wanted(self, tenant: str, charge_point: str) -> WantedConfiguration:
        """What was set on purpose."""
        item = await self.tables.tenant(tenant).get(_key(tenant, charge_point, "WANTED"))
        return WantedConfiguration() if item is None else from_item(WantedConfiguration, item)

    async def put_wanted(self, tenant: str, charge_point: str, wanted: WantedConfiguration) -> None:
        """Keep what was set on purpose."""
        key = _key(tenant, charge_point, "WANTED")
        await self.tables.tenant(tenant).write([Put(to_item(key.pk, key.sk, wanted))])


def _key(tenant: str, charge_point: str, sk: str) -> Key:
    return Key(keys.charge_point_pk(tenant, charge_point), sk)
