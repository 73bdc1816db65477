"""What the looks stand on."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from app.bootstrap.composition import Strom
from app.bootstrap.looking import LookedAt
from app.charging.ports import Clock
from app.records import rows
from app.records.charge_points import ChargePoint
from app.records.owners import Tenant
from app.settings import Settings

MOST_TENANTS = 500

T = TypeVar("T")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Serving:
    """What answers on this machine under these settings; texts say what does not."""

    web_trouble: str = ""
    edge_trouble: str = ""

    @property
    def is_there(self) -> bool:
        """Whether a Strom runs here."""
        return not (self.web_trouble and self.edge_trouble)


@dataclass(frozen=True, slots=True)
class Ground:
    """The installation."""

    settings: Settings
    clock: Clock
    environment: Mapping[str, str]
    looked: LookedAt
    strom: Strom
    serving: Serving
    tries_wallets: bool = False
    known: "list[asyncio.Task[Owners]]" = field(default_factory=list)
    """The owners, once somebody has asked for them."""


@dataclass(frozen=True, slots=True)
class Owners:
    """The tenants that are served, and what they have."""

    tenants: list[Tenant]
    charge_points: dict[str, list[ChargePoint]] = field(default_factory=dict)
    not_looked_at: int = 0

    def labels(self, tenant: str) -> list[str]:
        """What the charge points of a tenant are called."""
        return [each.label for each in self.charge_points.get(tenant, ())]


async def owners(ground: Ground) -> Owners:
    """Those that drivers can pay, read once; raises what the table raises."""
    if not ground.known:
        ground.known.append(asyncio.ensure_future(_owners(ground)))
    return await asyncio.shield(ground.known[0])


async def _owners(ground: Ground) -> Owners:
    everybody = await ground.strom.tenancy.provider.tenants()
    active = [tenant for tenant in everybody if tenant.status == "active"]
    seen = active[:MOST_TENANTS]
    known = rows.charge_points(ground.looked.tables)
    of_each = await of_all(seen, lambda tenant: known.all(tenant.id))
    charge_points = {tenant.id: found for tenant, found in zip(seen, of_each, strict=True)}
    return Owners(seen, charge_points, len(active) - len(seen))


async def of_all(
    items: Sequence[T], look: Callable[[T], Awaitable[V]], at_once: int = 20
) -> list[V]:
    """What a look at each finds, in order, a few at a time."""
    few = asyncio.Semaphore(at_once)

    async def one(item: T) -> V:
        async with few:
            return await look(item)

    return await asyncio.gather(*map(one, items))


def called(tenant: Tenant) -> str:
    """A tenant, for whoever has many."""
    return f"{tenant.name} ({tenant.id})"
