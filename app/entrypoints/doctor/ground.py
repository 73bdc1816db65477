"""What the looks stand on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.bootstrap.composition import Strom
from app.bootstrap.looking import LookedAt
from app.charging.ports import Clock
from app.records import rows
from app.records.charge_points import ChargePoint
from app.records.owners import Tenant
from app.settings import Settings

MOST_TENANTS = 500


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
    """Those that drivers can pay; raises what the table raises."""
    everybody = await ground.strom.tenancy.provider.tenants()
    active = [tenant for tenant in everybody if tenant.status == "active"]
    seen = active[:MOST_TENANTS]
    known = rows.charge_points(ground.looked.tables)
    charge_points = {tenant.id: await known.all(tenant.id) for tenant in seen}
    return Owners(seen, charge_points, len(active) - len(seen))


def called(tenant: Tenant) -> str:
    """A tenant, for whoever has many."""
    return f"{tenant.name} ({tenant.id})"
