"""The places where charge points stand."""

from dataclasses import asdict, dataclass, replace
from decimal import Decimal

from app.charging.errors import BadInput, Conflict
from app.charging.ports import Chance, Tables
from app.records import rows
from app.records.charge_points import Location
from app.records.codes import COUNTRIES, CURRENCIES
from app.records.drafts import LocationDraft
from app.records.fields import line, time_zone
from app.records.ids import new_id

_MICRODEGREE = Decimal("0.000001")
"""About ten centimetres."""


@dataclass(frozen=True, slots=True)
class Locations:
    """Adds, changes and removes an owner's locations."""

    tables: Tables
    chance: Chance

    async def all(self, tenant: str) -> list[Location]:
        """Every location, by name."""
        found = await rows.locations(self.tables).all(tenant)
        return sorted(found, key=lambda location: location.name.casefold())

    async def get(self, tenant: str, location_id: str) -> Location:
        """One; raises ``NotFound``."""
        return await rows.locations(self.tables).get(tenant, location_id)

    async def add(self, tenant: str, draft: LocationDraft) -> Location:
        """Keep a new one; raises ``BadInput`` with the field."""
        location = Location(id=new_id(self.chance), **asdict(checked(draft)))
        await rows.locations(self.tables).add(tenant, location)
        return location

    async def change(self, tenant: str, location_id: str, draft: LocationDraft) -> Location:
        """Put what the draft says in the place of what is there."""
        before = await self.get(tenant, location_id)
        after = replace(before, **asdict(checked(draft)))
        await rows.locations(self.tables).replace(tenant, before, after)
        return after

    async def remove(self, tenant: str, location_id: str) -> None:
        """Remove one where no charge point stands; raises ``Conflict``."""
        for charge_point in await rows.charge_points(self.tables).all(tenant):
            if charge_point.location_id == location_id:
                raise Conflict(f"{charge_point.label} stands here; remove or move it first")
        await rows.locations(self.tables).remove(tenant, location_id)


def checked(draft: LocationDraft) -> LocationDraft:
    """The draft tidied; raises ``BadInput`` with the first field that cannot be."""
    located = LocationDraft(
        name=line(draft.name, field="name", longest=80),
        address=line(draft.address, field="address", longest=120),
        city=line(draft.city, field="city", longest=80),
        postal_code=line(draft.postal_code, field="postal_code", longest=12, required=False),
        country=_one_of(draft.country, COUNTRIES, "country", "two letters, like DE"),
        latitude=_degrees(draft.latitude, 90, "latitude"),
        longitude=_degrees(draft.longitude, 180, "longitude"),
        time_zone=time_zone(draft.time_zone, field="time_zone"),
        currency=_one_of(draft.currency, CURRENCIES, "currency", "three letters, like EUR"),
    )
    if located.latitude == located.longitude == 0:
        raise BadInput("0, 0 lies in the sea off Ghana; where is it?", field="latitude")
    return located


def _one_of(text: str, known: frozenset[str], field: str, example: str) -> str:
    code = text.strip().upper()
    if code not in known:
        raise BadInput(example, field=field)
    return code


def _degrees(value: Decimal, limit: int, field: str) -> Decimal:
    if not value.is_finite() or not -limit <= value <= limit:
        raise BadInput(f"decimal degrees from -{limit} to {limit}, like 52.5200", field=field)
    return value.quantize(_MICRODEGREE)
