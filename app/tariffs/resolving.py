"""From what an owner set to what a driver is asked now: a tariff in which every price is known.

The prices of a source are part of what is quoted. They go out with the quote as text (see
``curve_text``) and come back with it, so that what is locked is what was shown, whatever the source
says meanwhile.
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Protocol

from app.charging.errors import NotFound, Unavailable
from app.charging.ports import Clock, Tables
from app.charging.pricing import Tariff
from app.charging.pricing.checking import written
from app.charging.pricing.signals import SignalRule
from app.charging.pricing.spot import (
    Slot,
    SpotRule,
    Vat,
    curve_elements,
    merged,
    slot_elements,
    spot_price,
)
from app.records.spot_prices import PriceSeries
from app.records.spot_sources import KeptSpotSource
from app.records.tariffs import Tariffs, TariffVersion
from app.tariffs.places import places_of

log = logging.getLogger(__name__)
AHEAD = timedelta(days=2)
"""No market tells prices for longer."""
_MOST_SLOTS = 400
_MOST_RULES = 5000


class Sources(Protocol):
    """The owner's price sources."""

    async def get(self, tenant: str, source_id: str) -> KeptSpotSource:
        """One; raises ``NotFound``."""
        ...

    async def series(
        self, tenant: str, source_id: str, begins: datetime, ends: datetime
    ) -> PriceSeries:
        """What is known; raises ``Unavailable``, ``NotFound``."""
        ...

    async def signal(self, tenant: str, source_id: str) -> Decimal:
        """What a signal says; raises ``Unavailable``, ``NotFound``."""
        ...


@dataclass(frozen=True, slots=True)
class InForce:
    """A tariff with every price known, and as text what of it a source has told."""

    tariff: Tariff
    curve: str = ""


@dataclass(frozen=True, slots=True)
class TariffsInForce:
    """Knows what holds now."""

    tables: Tables
    sources: Sources
    clock: Clock
    rules: OrderedDict[tuple[str, str, int], SignalRule | None] = field(default_factory=OrderedDict)

    async def now(
        self, tenant: str, tariff_id: str, time_zone: str, curve: str | None = None
    ) -> InForce:
        """The version in force, at a place with this time zone; raises ``Unavailable``.

        ``curve``: as it was quoted; None: as it is known now.
        """
        at = self.clock.now()
        head = await Tariffs(self.tables).find(tenant, tariff_id) if tariff_id else None
        number = 0 if head is None else head.in_force(at)
        if not number:
            raise Unavailable("There is no price here yet. Please ask the owner.")
        version = await Tariffs(self.tables).version(tenant, tariff_id, number)
        if curve is None:
            curve = await self.curve(tenant, version, at)
        return InForce(locked(version, curve, time_zone), curve)

    async def as_of_now(self, tenant: str, version: TariffVersion, time_zone: str) -> Tariff:
        """A version with every price that is known now, whether it is in force or not."""
        curve = await self.curve(tenant, version, self.clock.now())
        return locked(version, curve, time_zone)

    async def limits(self, tenant: str, tariff_id: str, version: int) -> bool:
        """Whether a tariff's signal ever limits the current."""
        rule = await self._signal_of(tenant, tariff_id, version)
        return rule is not None and any(step.limit_a for step in rule.steps)

    async def limit_a(self, tenant: str, tariff_id: str, version: int) -> int | None:
        """The current that a tariff's signal allows now, in A per phase; None: no limit.

        None too while the signal is silent.
        """
        rule = await self._signal_of(tenant, tariff_id, version)
        if rule is None:
            return None
        try:
            return rule.limit_at(await self.sources.signal(tenant, rule.source_id))
        except (Unavailable, NotFound):
            return None

    async def _signal_of(self, tenant: str, tariff_id: str, version: int) -> SignalRule | None:
        """Versions do not change: once read, this process knows it."""
        key = (tenant, tariff_id, version)
        if key not in self.rules:
            try:
                found = (await Tariffs(self.tables).version(tenant, tariff_id, version)).signal
            except NotFound:
                found = None  # own use, and what was withdrawn
            self.rules[key] = found
            while len(self.rules) > _MOST_RULES:
                self.rules.popitem(last=False)
        return self.rules[key]

    async def curve(self, tenant: str, version: TariffVersion, at: datetime) -> str:
        """What is known of the prices of its source from a moment on; empty without a source."""
        if version.signal is not None:
            return await self._signalled(tenant, version, version.signal, at)
        rule = version.spot
        if rule is None:
            return ""
        try:
            source = await self.sources.get(tenant, rule.source_id)
        except NotFound:
            return _SILENT
        try:
            series = await self.sources.series(tenant, rule.source_id, at, at + AHEAD)
        except (Unavailable, NotFound) as error:
            log.info("the fallback price holds: %s", error.message)
            return curve_text(source.name, (), 0)
        slots = _slots(series, version, rule)
        if _is_for_now(source):
            slots = _from_now(slots, at)
        return curve_text(source.name, merged(slots)[:_MOST_SLOTS], places_of(version.currency))

    async def _signalled(
        self, tenant: str, version: TariffVersion, rule: SignalRule, at: datetime
    ) -> str:
        """What the signal makes of the price for a while; empty: nothing."""
        try:
            source = await self.sources.get(tenant, rule.source_id)
            price = rule.price_at(await self.sources.signal(tenant, rule.source_id))
        except (Unavailable, NotFound) as error:
            log.info("the tariff's own price holds: %s", error.message)
            return ""
        if price is None:
            return ""
        begins = at.replace(microsecond=0)
        slot = Slot(begins, begins + timedelta(minutes=rule.holds_min), price)
        return curve_text(source.name, (slot,), places_of(version.currency))


def locked(version: TariffVersion, curve: str, time_zone: str) -> Tariff:
    """The tariff that a version and what was known of its source make."""
    if version.spot is None and (version.signal is None or not curve):
        return version.locked(version.elements, time_zone)
    name, slots = read_curve(curve, places_of(version.currency))
    if version.spot is None:
        signalled = slot_elements(slots, version.vat)
        return version.locked((*signalled, *version.elements), time_zone, name)
    energy = curve_elements(slots, version.spot.fallback, version.vat)
    return version.locked((*version.elements, *energy), time_zone, name)


# --- the curve as text -------------------------------------------------------------------------

_SILENT = "a price source|"
"""The curve of a source that is not there any more."""


def curve_text(name: str, slots: tuple[Slot, ...], places: int) -> str:
    """``name|seconds of the first begin|length:price,price;length:price …``, prices as whole
    numbers with the point so many ``places`` from the right. A gap is a length without a price.
    """
    name = name.replace("|", "/")
    if not slots:
        return f"{name}|"
    steps = list[tuple[int, str]]()
    last = slots[0].begins
    for slot in slots:
        if slot.begins > last:
            steps.append((_seconds(slot.begins - last), ""))
        price = str(int(slot.price.scaleb(places)))
        steps.append((_seconds(slot.ends - slot.begins), price))
        last = slot.ends
    runs = (
        f"{length}:{','.join(price for _, price in run)}"
        for length, run in groupby(steps, key=lambda step: step[0])
    )
    return f"{name}|{int(slots[0].begins.timestamp())}|{';'.join(runs)}"


def read_curve(text: str, places: int) -> tuple[str, tuple[Slot, ...]]:
    """The source's name and the slots."""
    name, _, rest = text.partition("|")
    first, _, runs = rest.partition("|")
    if not first:
        return name, ()
    at, slots = datetime.fromtimestamp(int(first), UTC), list[Slot]()
    for run in runs.split(";"):
        length, _, prices = run.partition(":")
        step = timedelta(seconds=int(length))
        for price in prices.split(","):
            if price:
                exact = Decimal(int(price)).scaleb(-places)
                slots.append(Slot(at, at + step, written(exact)))
            at += step
    return name, tuple(slots)


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())


def _slots(series: PriceSeries, version: TariffVersion, rule: SpotRule) -> tuple[Slot, ...]:
    vat = Vat(version.vat, version.tax_included, series.with_vat)
    places = places_of(version.currency)
    return tuple(
        Slot(slot.begins, slot.ends, spot_price(slot.price_per_kwh, rule, vat, places))
        for slot in series.slots
    )


def _is_for_now(source: KeptSpotSource) -> bool:
    """Whether it tells one price, for now."""
    return source.settings.kind == "json" and not source.settings.paths.time


def _from_now(slots: tuple[Slot, ...], at: datetime) -> tuple[Slot, ...]:
    """A price for now holds, once quoted, for as long as its owner lets one be used."""
    second = at.replace(microsecond=0)
    return tuple(Slot(second, second + (slot.ends - slot.begins), slot.price) for slot in slots)
