"""An owner's tariffs: what is valid when, what was, and what is only thought of.

``TARIFF#<id>`` says which versions there are and when they begin; each version lies in a row of its
own, ``T#t#TARIFF#<id>`` / ``V#<number>``. A version never changes once it is published; a draft is
the version that is not. What a charge was priced by lies in its quote besides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from app.charging.errors import ConditionFailed, Conflict, NotFound
from app.charging.ports import Absent, Delete, Equals, Operation, Put, Tables
from app.charging.pricing import Dimension, Price, Tariff, TariffElement
from app.charging.pricing.signals import SignalRule
from app.charging.pricing.spot import SpotRule
from app.charging.pricing.tariff import GRACE_S
from app.records import keys
from app.records.codec import from_item, to_item, to_values


@dataclass(frozen=True, slots=True)
class TariffVersion:
    """A tariff as its owner set it at one time. ``starts_at`` is None for a draft.

    Prices include VAT where ``tax_included``; ``vat`` in percent. ``min_price`` and ``max_price``
    are of a whole session, as prices are. ``free``: that something costs nothing is meant.
    """

    id: str
    version: int
    name: str
    currency: str
    elements: tuple[TariffElement, ...]
    created_at: datetime
    starts_at: datetime | None = None
    tax_included: bool = True
    vat: Decimal | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    grace_s: int = GRACE_S
    free: bool = False
    spot: SpotRule | None = None
    signal: SignalRule | None = None

    @property
    def price_per_kwh(self) -> Decimal:
        """The price of energy where nothing restricts it; the fallback of a dynamic one."""
        return self._last(Dimension.ENERGY) if self.spot is None else self.spot.fallback

    @property
    def start_fee(self) -> Decimal:
        """The fee for a charge where nothing restricts it."""
        return self._last(Dimension.FLAT)

    @property
    def varies(self) -> bool:
        """Whether there is more to it than a price per kWh and a fee."""
        kinds = {each.type for element in self.elements for each in element.price_components}
        return len(self.elements) > 1 or not kinds <= {Dimension.ENERGY, Dimension.FLAT}

    def locked(self, elements: Sequence[TariffElement], time_zone: str, source: str = "") -> Tariff:
        """As it is locked into a quote, with every price known; ``source`` told some of them."""
        return Tariff(
            id=self.id,
            version=self.version,
            name=self.name,
            currency=self.currency,
            elements=tuple(elements),
            created_at=self.created_at,
            time_zone=time_zone,
            tax_included=self.tax_included,
            min_price=self._bound(self.min_price),
            max_price=self._bound(self.max_price),
            grace_s=self.grace_s,
            source=source,
        )

    def _bound(self, price: Decimal | None) -> Price | None:
        """Both with and without VAT, so that neither goes beyond what the other allows."""
        if price is None:
            return None
        factor = 1 + (self.vat or Decimal(0)) / 100
        if self.tax_included:
            return Price((price / factor).quantize(Decimal("0.0001")), price)
        return Price(price, price * factor)

    def _last(self, dimension: Dimension) -> Decimal:
        prices = [
            component.price
            for element in self.elements
            if element.restrictions.reservation is None
            for component in element.price_components
            if component.type is dimension
        ]
        return prices[-1] if prices else Decimal(0)


@dataclass(frozen=True, slots=True)
class Start:
    """From when on a version holds."""

    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TariffHead:
    """Which versions of a tariff there are. ``starts`` leaves out what is over for good.

    ``latest`` is the highest number given away; ``draft`` the number of the draft, 0 without one.
    """

    id: str
    name: str
    created_at: datetime
    latest: int
    starts: tuple[Start, ...] = ()
    draft: int = 0

    def in_force(self, at: datetime) -> int:
        """The version that began last, of two that began together the newer; 0: none yet."""
        begun = [start for start in self.starts if start.at <= at]
        return max(begun, key=lambda start: (start.at, start.version)).version if begun else 0

    def shown(self, at: datetime) -> int:
        """What stands for it in a list: the version in force, else the next, else the draft."""
        coming = sorted(self.starts, key=lambda start: (start.at, -start.version))
        return self.in_force(at) or (coming[0].version if coming else self.draft)

    def upcoming(self, at: datetime) -> tuple[Start, ...]:
        """What begins later, in order."""
        return tuple(sorted((s for s in self.starts if s.at > at), key=lambda start: start.at))

    def with_start(self, start: Start, now: datetime) -> "TariffHead":
        """With another version, and without those that can never be in force again."""
        starts = (*(each for each in self.starts if each.version != start.version), start)
        after = replace(self, starts=starts, latest=max(self.latest, start.version))
        first = after.in_force(now)
        begun = next((each.at for each in starts if each.version == first), None)
        kept = tuple(s for s in starts if s.version == first or begun is None or s.at > begun)
        return replace(after, starts=kept)


@dataclass(frozen=True, slots=True)
class OwnedTariff:
    """A tariff for its owner to see: what is in force (else next, else the draft), and the rest."""

    head: TariffHead
    shown: TariffVersion
    at: datetime

    @property
    def id(self) -> str:
        """The tariff's."""
        return self.head.id

    @property
    def name(self) -> str:
        """That of the version shown."""
        return self.shown.name

    @property
    def version(self) -> int:
        """The number of the version shown."""
        return self.shown.version

    @property
    def state(self) -> Literal["in_force", "planned", "draft"]:
        """Of the version shown."""
        starts_at = self.shown.starts_at
        if starts_at is None:
            return "draft"
        return "in_force" if starts_at <= self.at else "planned"

    @property
    def price_per_kwh(self) -> Decimal:
        """That of the version shown, where nothing restricts it."""
        return self.shown.price_per_kwh

    @property
    def start_fee(self) -> Decimal:
        """That of the version shown, where nothing restricts it."""
        return self.shown.start_fee


@dataclass(frozen=True, slots=True)
class Tariffs:
    """The repository."""

    tables: Tables

    async def find(self, tenant: str, tariff_id: str) -> TariffHead | None:
        """The head, or None."""
        item = await self.tables.tenant(tenant).get(keys.of_tenant(tenant, _sk(tariff_id)))
        return None if item is None else from_item(TariffHead, item)

    async def get(self, tenant: str, tariff_id: str) -> TariffHead:
        """The head; raises ``NotFound``."""
        found = await self.find(tenant, tariff_id)
        if found is None:
            raise NotFound(f"there is no tariff {tariff_id!r}")
        return found

    async def all(self, tenant: str) -> list[TariffHead]:
        """Every head."""
        table, start, found = self.tables.tenant(tenant), None, list[TariffHead]()
        while True:
            page = await table.query(keys.tenant_pk(tenant), sk_prefix=_sk(""), start=start)
            found += [from_item(TariffHead, item) for item in page.items]
            if page.next_start is None:
                return found
            start = page.next_start

    async def version(self, tenant: str, tariff_id: str, number: int) -> TariffVersion:
        """One version; raises ``NotFound``."""
        item = await self.tables.tenant(tenant).get(keys.tariff_version(tenant, tariff_id, number))
        if item is None:
            raise NotFound(f"the tariff {tariff_id!r} has no version {number}")
        return from_item(TariffVersion, item)

    async def history(self, tenant: str, tariff_id: str, limit: int = 100) -> list[TariffVersion]:
        """Its versions, the newest first."""
        page = await self.tables.tenant(tenant).query(
            keys.tariff_pk(tenant, tariff_id), newest_first=True, limit=limit
        )
        return [from_item(TariffVersion, item) for item in page.items]

    async def save(
        self, tenant: str, before: TariffHead | None, after: TariffHead, version: TariffVersion
    ) -> None:
        """Write a version with the head that knows it; raises ``Conflict`` when changed meanwhile.

        Only a draft may be written again.
        """
        row = keys.tariff_version(tenant, after.id, version.version)
        rewrites = before is not None and before.draft == version.version
        writes: list[Operation] = [
            self._head(tenant, before, after),
            Put(to_item(row.pk, row.sk, version), None if rewrites else Absent()),
        ]
        await self._write(tenant, writes)

    async def discard(
        self, tenant: str, before: TariffHead, after: TariffHead, number: int
    ) -> None:
        """Forget a version that was never in force."""
        row = keys.tariff_version(tenant, before.id, number)
        await self._write(tenant, [self._head(tenant, before, after), Delete(row)])

    async def remove(self, tenant: str, before: TariffHead) -> None:
        """Remove it; its versions stay, as charges were priced by them."""
        key = keys.of_tenant(tenant, _sk(before.id))
        await self._write(tenant, [Delete(key, Equals(to_values(before)))])

    async def add(self, tenant: str, version: TariffVersion) -> TariffHead:
        """A new tariff with its first version, a draft where it has no start."""
        number, start = version.version, version.starts_at
        starts = () if start is None else (Start(number, start),)
        draft = number if start is None else 0
        head = TariffHead(version.id, version.name, version.created_at, number, starts, draft)
        await self.save(tenant, None, head, version)
        return head

    def _head(self, tenant: str, before: TariffHead | None, after: TariffHead) -> Operation:
        item = to_item(keys.tenant_pk(tenant), _sk(after.id), after)
        return Put(item, Absent() if before is None else Equals(to_values(before)))

    async def _write(self, tenant: str, writes: Sequence[Operation]) -> None:
        try:
            await self.tables.tenant(tenant).write(list(writes))
        except ConditionFailed:
            raise Conflict("the tariff was changed meanwhile; look at it again") from None


def _sk(tariff_id: str) -> str:
    return f"TARIFF#{tariff_id}"
