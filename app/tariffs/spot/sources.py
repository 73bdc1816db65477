"""The price sources an owner has set up: checked, tried, kept, asked."""

import contextlib
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

import httpx

from app.charging.errors import Conflict, NotFound, Unavailable
from app.charging.ports import Chance, Clock, Tables
from app.envelope import SPOT_PRICES, Envelope
from app.outbound import OutboundPolicy
from app.records.fields import line
from app.records.ids import new_id
from app.records.rows import Rows
from app.records.spot_prices import KeptPrices, PriceSeries, SpotPriceRows
from app.records.spot_sources import (
    KeptSpotSource,
    SpotSourceDraft,
    SpotSourceSettings,
    spot_sources,
)
from app.records.tariffs import TariffHead, Tariffs, TariffVersion
from app.tariffs.spot.port import SpotSource
from app.tariffs.spot.prices import SpotPrices

log = logging.getLogger(__name__)
PURPOSE = SPOT_PRICES
MOST_SOURCES = 20
_MOST_BUILT = 1000
SIGNAL_FRESH = timedelta(seconds=30)


class SpotSources:
    """Keeps a tenant's sources and asks them. ``http`` is the guarded client of ``policy``."""

    def __init__(
        self,
        tables: Tables,
        clock: Clock,
        chance: Chance,
        envelope: Envelope,
        http: httpx.AsyncClient,
        policy: OutboundPolicy,
        prices: SpotPrices,
        signal_fresh: timedelta = SIGNAL_FRESH,
    ) -> None:
        self._tables = tables
        self._clock = clock
        self._chance = chance
        self._envelope = envelope
        self._http = http
        self._policy = policy
        self._prices = prices
        self._signal_fresh = signal_fresh
        self._signals: OrderedDict[tuple[str, str], tuple[datetime, Decimal | None]] = OrderedDict()
        self._built: OrderedDict[tuple[str, str], SpotSource] = OrderedDict()

    async def all(self, tenant: str) -> list[KeptSpotSource]:
        """Every one, by name."""
        found = await self._rows.all(tenant)
        return sorted(found, key=lambda source: source.name.casefold())

    async def get(self, tenant: str, source_id: str) -> KeptSpotSource:
        """One; raises ``NotFound``."""
        return await self._rows.get(tenant, source_id)

    async def add(self, tenant: str, draft: SpotSourceDraft) -> KeptSpotSource:
        """Keep a new one; raises ``BadInput`` with the field, ``Conflict``. See ``try_out``."""
        if len(await self._rows.all(tenant)) >= MOST_SOURCES:
            raise Conflict(f"There are {MOST_SOURCES} price sources already; remove one first.")
        source = await self._kept(tenant, draft, None)
        await self._rows.add(tenant, source)
        return source

    async def change(self, tenant: str, source_id: str, draft: SpotSourceDraft) -> KeptSpotSource:
        """Its settings from now on; what its prices were before is forgotten.

        A secret that is not in the draft stays, unless the address it was sent to changes.
        """
        before = await self._rows.get(tenant, source_id)
        after = await self._kept(tenant, draft, before)
        await self._rows.replace(tenant, before, after)
        return after

    async def remove(self, tenant: str, source_id: str) -> None:
        """Forget it and its secrets; its prices expire. Raises ``NotFound``, ``Conflict``."""
        await self._require_unused(tenant, source_id)
        await self._rows.remove(tenant, source_id)

    async def try_out(
        self, tenant: str, draft: SpotSourceDraft, source_id: str = ""
    ) -> PriceSeries:
        """Ask it once, without keeping anything: what an owner sees before saving.

        ``source_id``: the one that the draft changes. Raises ``BadInput`` and ``Unavailable``.
        """
        before = await self._rows.get(tenant, source_id) if source_id else None
        settings, secrets = await self._checked(tenant, draft, before)
        source = self._made(settings, secrets)
        now = self._clock.now()
        begins = now.replace(minute=0, second=0, microsecond=0)
        return await self._prices.fetched(source, begins, begins + timedelta(days=1))

    async def series(
        self, tenant: str, source_id: str, begins: datetime, ends: datetime
    ) -> PriceSeries:
        """What is known of the prices of ``[begins, ends)``; raises ``Unavailable``, ``NotFound``.

        It may end before ``ends``, and have gaps: see ``PriceSeries.known_until``.
        """
        kept = await self._rows.get(tenant, source_id)
        source = await self._source(tenant, kept)
        return await self._prices.series(tenant, kept.prices_id, source, begins, ends)

    async def signal(self, tenant: str, source_id: str) -> Decimal:
        """What a signal says; asked again after ``signal_fresh``. Raises ``Unavailable``."""
        kept = await self._rows.get(tenant, source_id)
        key, now = (tenant, kept.prices_id), self._clock.now()
        asked_at, value = self._signals.get(key, (None, None))
        if asked_at is None or abs(now - asked_at) >= self._signal_fresh:
            value = await self._asked(tenant, kept)
            self._signals[key] = (now, value)
            self._signals.move_to_end(key)
            while len(self._signals) > _MOST_BUILT:
                self._signals.popitem(last=False)
        if value is None:
            raise Unavailable(f"{kept.name} does not answer")
        return value

    async def _asked(self, tenant: str, kept: KeptSpotSource) -> Decimal | None:
        now = self._clock.now()
        try:
            source = await self._source(tenant, kept)
            told = await self._prices.fetched(source, now, now + self._signal_fresh)
        except Unavailable as error:
            log.info("signal %s: %s", kept.name, error.message)
            return None
        return told.slots[0].price_per_kwh

    async def known(self, tenant: str, source_id: str) -> KeptPrices:
        """What is kept of it, without asking it: days, doubts, when it was asked, what was wrong.

        For its owner to see how it does. Raises ``NotFound``.
        """
        kept = await self._rows.get(tenant, source_id)
        now = self._clock.now()
        return await SpotPriceRows(self._tables).load(tenant, kept.prices_id, now)

    async def refresh(self, tenant: str) -> None:
        """Ask for what the tariffs in force lack of this day and the next, before a driver waits.

        What a source does not tell is logged, and tried again by the next that wants to know.
        """
        now = self._clock.now()
        followed = [
            version.spot.source_id
            async for head, version in self._versions(tenant)
            if version.spot is not None and version.version == head.in_force(now)
        ]
        for source_id in dict.fromkeys(followed):
            with contextlib.suppress(Unavailable, NotFound):
                await self.series(tenant, source_id, now, now + timedelta(days=2))

    async def _require_unused(self, tenant: str, source_id: str) -> None:
        """Raise ``Conflict`` while a tariff follows it, now or later."""
        async for head, version in self._versions(tenant):
            rules = (version.spot, version.signal)
            followed = {rule.source_id for rule in rules if rule is not None}
            if source_id in followed:
                raise Conflict(f"{head.name} follows this; change its price first")

    async def _versions(self, tenant: str) -> AsyncIterator[tuple[TariffHead, TariffVersion]]:
        """Each version that holds now, begins later or is a draft."""
        tariffs, now = Tariffs(self._tables), self._clock.now()
        for head in await tariffs.all(tenant):
            coming = [start.version for start in head.upcoming(now)]
            for number in {head.in_force(now), head.draft, *coming} - {0}:
                yield head, await tariffs.version(tenant, head.id, number)

    async def _source(self, tenant: str, kept: KeptSpotSource) -> SpotSource:
        key = (tenant, kept.prices_id)
        source = self._built.get(key)
        if source is None:
            secrets = await self._secrets(tenant, kept)
            source = self._built[key] = self._made(kept.settings, secrets)
        self._built.move_to_end(key)
        while len(self._built) > _MOST_BUILT:
            self._built.popitem(last=False)
        return source

    def _made(self, settings: SpotSourceSettings, secrets: Mapping[str, str]) -> SpotSource:
        from app.tariffs.spot.kinds import build  # few places are priced by the hour

        return build(settings, secrets, self._http, self._clock)

    async def _kept(
        self, tenant: str, draft: SpotSourceDraft, before: KeptSpotSource | None
    ) -> KeptSpotSource:
        settings, secrets = await self._checked(tenant, draft, before)
        sealed = await self._envelope.seal(tenant, PURPOSE, json.dumps(secrets).encode())
        return KeptSpotSource(
            id=new_id(self._chance) if before is None else before.id,
            version=1 if before is None else before.version + 1,
            name=line(draft.name, field="name", longest=60),
            settings=settings,
            created_at=self._clock.now() if before is None else before.created_at,
            sealed_secrets=sealed if secrets else b"",
            secret_names=tuple(sorted(secrets)),
        )

    async def _checked(
        self, tenant: str, draft: SpotSourceDraft, before: KeptSpotSource | None
    ) -> tuple[SpotSourceSettings, dict[str, str]]:
        from app.tariffs.spot.kinds import checked, checked_secrets  # owners alone need it

        settings = checked(draft.settings)
        if settings.url:
            # A trailing slash may mean something here; only its place is looked at.
            await self._policy.check_url(settings.url)
        known: Mapping[str, str] = {}
        if before is not None and _asks_the_same(before.settings, settings):
            known = await self._secrets(tenant, before)
        return settings, checked_secrets(settings.kind, {**known, **draft.secrets})

    async def _secrets(self, tenant: str, kept: KeptSpotSource) -> dict[str, str]:
        if not kept.sealed_secrets:
            return {}
        plain = await self._envelope.open(tenant, PURPOSE, kept.sealed_secrets)
        try:
            return {str(name): str(value) for name, value in json.loads(plain).items()}
        except (ValueError, AttributeError) as error:
            raise Unavailable("The stored price source cannot be read.") from error

    @property
    def _rows(self) -> Rows[KeptSpotSource]:
        return spot_sources(self._tables)


def _asks_the_same(before: SpotSourceSettings, after: SpotSourceSettings) -> bool:
    """Whether secrets go where they went before; else a new address would be sent the old ones."""
    if before.kind != after.kind:
        return False
    return _place(before.url) == _place(after.url)


def _place(url: str) -> tuple[str, bytes]:
    return httpx.URL(url).scheme, httpx.URL(url).netloc
