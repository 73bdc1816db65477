"""The prices an owner has set, checked and versioned."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from app.charging.errors import BadInput, Conflict
from app.charging.money import SATS
from app.charging.ports import Chance, Clock, Tables
from app.charging.pricing import Tariff, plain_elements
from app.records import rows
from app.records.codes import CURRENCIES
from app.records.drafts import TariffDraft
from app.records.fields import line
from app.records.ids import new_id

_HIGHEST = Decimal(10_000_000)
_PLACES = {SATS: 3}
"""Prices in sats go down to the msat; the others to a hundredth of a cent."""


@dataclass(frozen=True, slots=True)
class OwnedTariffs:
    """Adds, changes and removes an owner's tariffs."""

    tables: Tables
    clock: Clock
    chance: Chance

    async def all(self, tenant: str) -> list[Tariff]:
        """The newest version of each, by name."""
        found = await rows.tariffs(self.tables).all(tenant)
        return sorted(found, key=lambda tariff: tariff.name.casefold())

    async def get(self, tenant: str, tariff_id: str) -> Tariff:
        """One; raises ``NotFound``."""
        return await rows.tariffs(self.tables).get(tenant, tariff_id)

    async def add(self, tenant: str, draft: TariffDraft) -> Tariff:
        """Keep a new one; raises ``BadInput`` with the field."""
        tariff = Tariff(
            id=new_id(self.chance),
            version=1,
            created_at=self.clock.now(),
            **_fields(checked(draft)),
        )
        await rows.tariffs(self.tables).add(tenant, tariff)
        return tariff

    async def change(self, tenant: str, tariff_id: str, draft: TariffDraft) -> Tariff:
        """A new version; charges under way and quotes given keep the price they were made with."""
        before = await self.get(tenant, tariff_id)
        after = replace(
            before,
            version=before.version + 1,
            created_at=self.clock.now(),
            **_fields(checked(draft)),
        )
        await rows.tariffs(self.tables).replace(tenant, before, after)
        return after

    async def remove(self, tenant: str, tariff_id: str) -> None:
        """Remove one that no charge point uses; raises ``Conflict``."""
        for charge_point in await rows.charge_points(self.tables).all(tenant):
            if charge_point.tariff_id == tariff_id:
                raise Conflict(f"{charge_point.label} is priced by this; give it another first")
        await rows.tariffs(self.tables).remove(tenant, tariff_id)


def _fields(draft: TariffDraft) -> dict[str, Any]:
    elements = plain_elements(draft.price_per_kwh, draft.start_fee)
    return {"name": draft.name, "currency": draft.currency, "elements": elements}


def checked(draft: TariffDraft) -> TariffDraft:
    """The draft tidied; raises ``BadInput`` with the first field that cannot be."""
    currency = draft.currency.strip().upper()
    if currency not in CURRENCIES and currency != SATS:
        raise BadInput("three letters, like EUR, or SAT", field="currency")
    price = _price(draft.price_per_kwh, currency, "price_per_kwh")
    if price <= 0:
        raise BadInput("more than 0, or nothing limits a charge", field="price_per_kwh")
    return TariffDraft(
        name=line(draft.name, field="name", longest=60),
        currency=currency,
        price_per_kwh=price,
        start_fee=_price(draft.start_fee, currency, "start_fee"),
    )


def _price(value: Decimal, currency: str, field: str) -> Decimal:
    places = _PLACES.get(currency, 4)
    if not value.is_finite() or not 0 <= value <= _HIGHEST:
        raise BadInput("a price, like 0.45", field=field)
    rounded = value.quantize(Decimal(1).scaleb(-places))
    if rounded != value:
        raise BadInput(f"at most {places} digits after the point", field=field)
    # 0.4500 and 0.45 are one price; 10 must not become 1E+1.
    return rounded.quantize(Decimal("0.01")) if rounded == round(rounded, 2) else rounded
