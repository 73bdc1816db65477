"""The prices an owner has set: checked, versioned, in force from a moment on."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.charging.errors import BadInput, Conflict, NotFound
from app.charging.money import SATS
from app.charging.ports import Chance, Clock, Tables
from app.charging.pricing import PriceComponent, TariffElement, plain_elements
from app.charging.pricing.checking import Rules, check_elements, check_price, check_vat
from app.charging.pricing.signals import SignalRule, check_signal
from app.charging.pricing.spot import SpotRule, check_rule
from app.records import rows
from app.records.codes import CURRENCIES
from app.records.drafts import TariffDraft
from app.records.fields import line
from app.records.ids import new_id
from app.records.spot_sources import spot_sources
from app.records.tariffs import OwnedTariff, Start, TariffHead, Tariffs, TariffVersion
from app.tariffs.places import places_of

_MOST_GRACE_S = 86_400
_MOST_PLANNED = 10


@dataclass(frozen=True, slots=True)
class OwnedTariffs:
    """Adds, changes and removes an owner's tariffs."""

    tables: Tables
    clock: Clock
    chance: Chance

    async def all(self, tenant: str) -> list[OwnedTariff]:
        """Each, by name."""
        found = [await self._owned(tenant, head) for head in await self._rows.all(tenant)]
        return sorted(found, key=lambda tariff: tariff.name.casefold())

    async def get(self, tenant: str, tariff_id: str) -> OwnedTariff:
        """One; raises ``NotFound``."""
        return await self._owned(tenant, await self._rows.get(tenant, tariff_id))

    async def version(self, tenant: str, tariff_id: str, number: int) -> TariffVersion:
        """One of its versions; raises ``NotFound``."""
        await self._rows.get(tenant, tariff_id)
        return await self._rows.version(tenant, tariff_id, number)

    async def history(self, tenant: str, tariff_id: str) -> list[TariffVersion]:
        """Its versions, the newest first; raises ``NotFound``."""
        await self._rows.get(tenant, tariff_id)
        return await self._rows.history(tenant, tariff_id)

    async def checked(self, tenant: str, draft: TariffDraft) -> TariffVersion:
        """What a draft would become, without keeping it; raises ``BadInput`` with the place."""
        return await self._version(tenant, draft, "preview", 1)

    async def add(self, tenant: str, draft: TariffDraft) -> OwnedTariff:
        """Keep a new one; raises ``BadInput`` with the place."""
        version = await self._version(tenant, draft, new_id(self.chance), 1)
        return await self._owned(tenant, await self._rows.add(tenant, version))

    async def change(self, tenant: str, tariff_id: str, draft: TariffDraft) -> OwnedTariff:
        """A new version, or another draft; charges under way and quotes given keep their price."""
        before = await self._rows.get(tenant, tariff_id)
        redrafts = draft.is_draft and before.draft
        number = before.draft if redrafts else before.latest + 1
        version = await self._version(tenant, draft, tariff_id, number)
        after = replace(before, latest=max(before.latest, number))
        if version.starts_at is None:
            after = replace(after, draft=number)
        else:
            after = self._started(after, Start(number, version.starts_at))
        await self._rows.save(tenant, before, replace(after, name=version.name), version)
        return await self.get(tenant, tariff_id)

    async def publish(
        self, tenant: str, tariff_id: str, starts_at: datetime | None = None
    ) -> OwnedTariff:
        """Let the draft hold from a moment on, None: from now on. Raises ``Conflict``."""
        before = await self._rows.get(tenant, tariff_id)
        if not before.draft:
            raise Conflict("there is no draft of this tariff")
        begins = self._start(starts_at)
        draft = await self._rows.version(tenant, tariff_id, before.draft)
        after = self._started(replace(before, draft=0), Start(before.draft, begins))
        version = replace(draft, starts_at=begins)
        await self._rows.save(tenant, before, replace(after, name=draft.name), version)
        return await self.get(tenant, tariff_id)

    async def withdraw(self, tenant: str, tariff_id: str, number: int) -> None:
        """Forget the draft, or a version that has not begun; raises ``Conflict``, ``NotFound``."""
        before, now = await self._rows.get(tenant, tariff_id), self.clock.now()
        planned = [start.version for start in before.upcoming(now)]
        if number != before.draft and number not in planned:
            await self._rows.version(tenant, tariff_id, number)
            raise Conflict("this version has begun; set a new price instead")
        starts = tuple(start for start in before.starts if start.version != number)
        draft = 0 if number == before.draft else before.draft
        if not starts and not draft:
            raise Conflict("this is its only version; remove the tariff instead")
        after = replace(before, starts=starts, draft=draft)
        await self._rows.discard(tenant, before, after, number)

    async def remove(self, tenant: str, tariff_id: str) -> None:
        """Remove one that nothing is priced by; raises ``Conflict``."""
        before = await self._rows.get(tenant, tariff_id)
        for charge_point in await rows.charge_points(self.tables).all(tenant):
            if tariff_id in charge_point.tariff_ids:
                raise Conflict(f"{charge_point.label} is priced by this; give it another first")
        owner = await rows.tenants(self.tables).find(tenant, tenant)
        if owner is not None and owner.tariff_id == tariff_id:
            raise Conflict("this is your usual price; choose another as the usual one first")
        await self._rows.remove(tenant, before)

    async def set_usual(self, tenant: str, tariff_id: str) -> None:
        """Price by this what has no tariff of its own; empty: nothing. Raises ``Conflict``."""
        before = await rows.tenants(self.tables).get(tenant, tenant)
        if tariff_id:
            head = await self._rows.get(tenant, tariff_id)
            if not head.in_force(self.clock.now()):
                raise Conflict(f"{head.name} does not hold yet")
        else:
            for charge_point in await rows.charge_points(self.tables).all(tenant):
                if not charge_point.tariff_id:
                    raise Conflict(f"{charge_point.label} has the usual price; give it one first")
        await rows.tenants(self.tables).replace(
            tenant, before, replace(before, tariff_id=tariff_id)
        )

    @property
    def _rows(self) -> Tariffs:
        return Tariffs(self.tables)

    async def _owned(self, tenant: str, head: TariffHead) -> OwnedTariff:
        now = self.clock.now()
        version = await self._rows.version(tenant, head.id, head.shown(now))
        return OwnedTariff(head, version, now)

    def _started(self, head: TariffHead, start: Start) -> TariffHead:
        after = head.with_start(start, self.clock.now())
        if len(after.starts) > _MOST_PLANNED:
            raise Conflict(f"at most {_MOST_PLANNED} prices can be planned ahead")
        return after

    def _start(self, starts_at: datetime | None) -> datetime:
        now = self.clock.now()
        if starts_at is None:
            return now
        if starts_at <= now:
            raise BadInput("this moment is past; leave it empty for now", field="starts_at")
        return starts_at

    async def _version(
        self, tenant: str, draft: TariffDraft, tariff_id: str, number: int
    ) -> TariffVersion:
        spot = draft.spot
        if spot is not None:
            await self._check_source(tenant, draft, spot)
        if draft.signal is not None:
            await self._check_signal(tenant, draft.signal)
        return TariffVersion(
            id=tariff_id,
            version=number,
            created_at=self.clock.now(),
            starts_at=None if draft.is_draft else self._start(draft.starts_at),
            **checked_fields(draft),
        )

    async def _check_signal(self, tenant: str, signal: SignalRule) -> None:
        source = await spot_sources(self.tables).find(tenant, signal.source_id)
        if source is None or source.settings.kind != "signal":
            raise BadInput("choose one of your signals", field="signal.source_id")

    async def _check_source(self, tenant: str, draft: TariffDraft, spot: SpotRule) -> None:
        """A source tells prices in one currency; nothing is converted on the way."""
        try:
            source = await spot_sources(self.tables).get(tenant, spot.source_id)
        except NotFound:
            raise BadInput("choose one of your price sources", field="spot.source_id") from None
        currency = source.settings.currency
        if not currency:
            raise BadInput(f"{source.name} tells no prices", field="spot.source_id")
        if draft.currency.strip().upper() != currency:
            raise BadInput(
                f"{source.name} tells prices in {currency}; a tariff by it is in {currency} too",
                field="currency",
            )


def checked_fields(draft: TariffDraft) -> dict[str, Any]:
    """The fields of a version, tidied; raises ``BadInput`` with the first that cannot be."""
    currency = draft.currency.strip().upper()
    if currency not in CURRENCIES and currency != SATS:
        raise BadInput("three letters, like EUR, or SAT", field="currency")
    places = places_of(currency)
    name = line(draft.name, field="name", longest=60)
    check_vat(draft.vat, "vat")
    elements = tuple(_with_vat(each, draft.vat) for each in _elements(draft, places))
    rules = Rules(places, free=draft.free, prices_energy=draft.spot is None)
    check_elements(elements, rules)
    if draft.spot is not None:
        check_rule(draft.spot, places, free=draft.free)
    if draft.signal is not None:
        if draft.spot is not None:
            raise BadInput("a price follows a price source or a signal", field="signal.source_id")
        check_signal(draft.signal, places)
    if not 0 <= draft.grace_s <= _MOST_GRACE_S:
        raise BadInput("from 0 to 24 hours", field="grace_s")
    return {
        "name": name,
        "currency": currency,
        "elements": tuple(_tidy(each, places) for each in elements),
        **_bounds(draft, places),
        "tax_included": draft.tax_included,
        "vat": draft.vat,
        "grace_s": draft.grace_s,
        "free": draft.free,
        "spot": draft.spot,
        "signal": draft.signal,
    }


def _elements(draft: TariffDraft, places: int) -> tuple[TariffElement, ...]:
    if draft.price_per_kwh is None:
        return draft.elements
    if draft.elements or draft.spot is not None:
        raise BadInput("a price per kWh, or elements, not both", field="price_per_kwh")
    price = check_price(draft.price_per_kwh, places, "price_per_kwh")
    if price <= 0 and not draft.free:
        raise BadInput("more than 0, or nothing limits a charge", field="price_per_kwh")
    return plain_elements(price, check_price(draft.start_fee, places, "start_fee"))


def _bounds(draft: TariffDraft, places: int) -> dict[str, Decimal | None]:
    found = {
        field: None if price is None else check_price(price, places, field)
        for field, price in (("min_price", draft.min_price), ("max_price", draft.max_price))
    }
    least, most = found["min_price"], found["max_price"]
    if least is not None and most is not None and least > most:
        raise BadInput("the most a charge costs is below the least", field="max_price")
    if draft.vat is None and (least or most) and _is_taxed(draft.elements):
        raise BadInput("the least and the most a charge costs need one of their own", field="vat")
    return found


def _is_taxed(elements: Iterable[TariffElement]) -> bool:
    return any(each.vat for element in elements for each in element.price_components)


def _with_vat(element: TariffElement, vat: Decimal | None) -> TariffElement:
    components = (
        component if component.vat is not None else replace(component, vat=vat)
        for component in element.price_components
    )
    return replace(element, price_components=tuple(components))


def _tidy(element: TariffElement, places: int) -> TariffElement:
    def tidy(component: PriceComponent) -> PriceComponent:
        return replace(component, price=check_price(component.price, places, "price"))

    return replace(element, price_components=tuple(map(tidy, element.price_components)))
