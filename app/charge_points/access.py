"""What owners see and decide of how a charge point shows who it is."""

from dataclasses import dataclass, replace
from typing import Protocol

from app.charge_points.doorkeeping import is_open, least_profile
from app.charging.errors import BadInput
from app.charging.ports import Clock, Tables
from app.records import rows
from app.records.charge_points import ChargePoint
from app.records.commands import GivenCommand
from app.records.live import LiveChargers
from app.records.views import AccessView

PROFILES = range(4)


class Rotating(Protocol):
    """Gives charge points new passwords by command."""

    async def rotate(self, tenant: str, charge_point_id: str, *, by: str) -> GivenCommand:
        """Make one and owe it to the charge point; raises ``Conflict`` while one is under way."""
        ...


@dataclass(frozen=True, slots=True)
class ChargerAccess:
    """The owner's side of the security profiles."""

    tables: Tables
    live: LiveChargers
    passwords: Rotating
    clock: Clock

    async def of(self, tenant: str, charge_point: ChargePoint) -> AccessView:
        """How it came last, and how it must come."""
        owner = await rows.tenants(self.tables).get(tenant, tenant)
        connection = await self.live.connection(tenant, charge_point.id)
        now, until = self.clock.now(), charge_point.previous_until
        is_refused = not connection.connected and connection.refused_at is not None
        return AccessView(
            profile=connection.profile if connection.epoch else None,
            least_profile=charge_point.least_profile,
            required_profile=least_profile(owner, charge_point, connection),
            certificate_sha256=connection.certificate_sha256,
            has_password=bool(charge_point.password_sha256),
            new_password_waits=bool(charge_point.next_password_sha256),
            previous_password_until=until if until is not None and now < until else None,
            open_until=charge_point.open_until if is_open(charge_point, now) else None,
            refused_at=connection.refused_at if is_refused else None,
            refused_profile=connection.refused_profile,
        )

    async def require(
        self, tenant: str, charge_point: ChargePoint, least: int | None
    ) -> ChargePoint:
        """By which profile it must come at least; None: the highest so far. Raises ``BadInput``."""
        if least is not None and least not in PROFILES:
            raise BadInput("a security profile from 0 to 3", field="least_profile")
        changed = replace(charge_point, least_profile=least)
        await rows.charge_points(self.tables).replace(tenant, charge_point, changed)
        return changed

    async def rotate(self, tenant: str, charge_point: ChargePoint) -> None:
        """Have it given another password; raises ``Conflict`` while one is under way."""
        await self.passwords.rotate(tenant, charge_point.id, by="owner")
