"""What the payer sees of a session in hand: the driver's page reads it, live notices carry it."""

from dataclasses import dataclass, field

from app.charging.ports import Clock, Tables
from app.charging.session import Session
from app.checkout.ports import ConnectorStates
from app.checkout.remembering import Remembered
from app.checkout.view import SessionView, view_of
from app.records import rows
from app.records.charge_points import ChargePoint, Location
from app.records.owners import Tenant

_PLACE_S = 300
"""For so long a view shows the same names; it is made anew at each reading."""
Place = tuple[Tenant, ChargePoint | None, Location | None]


@dataclass(frozen=True, slots=True)
class SessionViews:
    """Makes views: all that whoever saves a session's change needs of the checkout."""

    tables: Tables
    live: ConnectorStates
    clock: Clock
    places: Remembered[Place] = field(default_factory=lambda: Remembered(_PLACE_S))

    async def of(self, tenant: str, session: Session, version: int) -> SessionView:
        """The view of a session, read at this version."""
        owner, charge_point, location = await self._place(tenant, session.charge_point)
        state = await self.live.connector_state(tenant, session.charge_point, session.connector)
        return view_of(
            session,
            sequence=version,
            tenant=owner,
            location=location,
            charge_point=charge_point,
            connector_status="" if state is None else state.status,
        )

    async def _place(self, tenant: str, charge_point_id: str) -> Place:
        """Whose charge point it is and where: names, which may be a little old."""
        key, now = f"{tenant}/{charge_point_id}", self.clock.now()
        known = self.places.get(key, now)
        if known is not None:
            return known
        owner = await rows.tenants(self.tables).get(tenant, tenant)
        charge_point = await rows.charge_points(self.tables).find(tenant, charge_point_id)
        location = None
        if charge_point is not None:
            location = await rows.locations(self.tables).find(tenant, charge_point.location_id)
        place = (owner, charge_point, location)
        self.places.put(key, place, now)
        return place
