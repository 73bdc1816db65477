"""The prices of sources, kept in memory and in the table: asked for once, used by everyone.

A day's prices are asked for when somebody wants to know them: today's once, tomorrow's from about
when the market tells them until they are there. What is known of a day stays until it is past. A
price for now is asked for again every minute, and not used for longer than its owner allows.
"""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from datetime import time as clock_time

from app.charging.errors import StorageError, Unavailable
from app.charging.ports import Clock, Tables
from app.records.spot_prices import KeptPrices, PriceSeries, SpotPriceRows, still_doubted
from app.tariffs.spot.accepting import NOW, Before, judge
from app.tariffs.spot.port import Now, SpotSource

log = logging.getLogger(__name__)
_MOST_KNOWN = 1000
_LONGEST_BACK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class SpotLimits:
    """When sources are asked, and how patiently."""

    fetch_timeout_s: float = 8
    retry_s: int = 60
    """After a failure, and after an answer that lacked something needed now."""
    ask_again_s: int = 600
    """While tomorrow's prices are not there, though they should be."""
    confirm_s: int = 600
    """After this a tenfold jump that is told again is believed."""
    reload_s: int = 60
    """What another process may have asked for is looked up in the table this often."""


@dataclass(slots=True)
class _Known:
    """What is known of one source; the lock keeps a crowd from asking twice."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    kept: KeptPrices = field(default_factory=KeptPrices)
    loaded_at: datetime | None = None


class SpotPrices:
    """Series by tenant and source. Bounded: what is longest unused is forgotten, and read again."""

    def __init__(self, tables: Tables, clock: Clock, limits: SpotLimits | None = None) -> None:
        self._rows = SpotPriceRows(tables)
        self._clock = clock
        self._limits = limits or SpotLimits()
        self._known: OrderedDict[tuple[str, str], _Known] = OrderedDict()

    async def series(
        self, tenant: str, source_id: str, source: SpotSource, begins: datetime, ends: datetime
    ) -> PriceSeries:
        """What is known of ``[begins, ends)``; raises ``Unavailable`` where that is nothing.

        ``source_id`` names the source and the version of its settings. The series may end before
        ``ends``, and lack days that were refused: see ``PriceSeries.known_until``.
        """
        known = self._of(tenant, source_id)
        if self._lacks(source, known.kept, begins, ends):
            async with known.lock:
                await self._refresh(tenant, source_id, source, known, (begins, ends))
        found = self._between(source, known.kept, begins, ends)
        if found is None:
            raise Unavailable(
                f"{source.name} has no price for this time. {known.kept.problem}".strip()
            )
        return found

    async def fetched(self, source: SpotSource, begins: datetime, ends: datetime) -> PriceSeries:
        """What a source tells now, judged but not kept; raises ``Unavailable`` with all reasons."""
        told = await self._fetch(source, begins, ends)
        asked = (begins, ends)
        judged = judge(told, source.rhythm, asked, Before({}, {}), self._limits.confirm_s)
        found = self._between(source, KeptPrices(judged.accepted), *asked)
        if found is None:
            raise Unavailable(" ".join(judged.problems))
        return replace(found, notes=(*found.notes, *judged.problems))

    async def _fetch(self, source: SpotSource, begins: datetime, ends: datetime) -> PriceSeries:
        try:
            async with asyncio.timeout(self._limits.fetch_timeout_s):
                return await source.fetch(begins, ends)
        except TimeoutError as error:
            raise Unavailable(f"{source.name} does not answer") from error

    def _of(self, tenant: str, source_id: str) -> _Known:
        key = (tenant, source_id)
        known = self._known.setdefault(key, _Known())
        self._known.move_to_end(key)
        while len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return known

    async def _refresh(
        self,
        tenant: str,
        source_id: str,
        source: SpotSource,
        known: _Known,
        wanted: tuple[datetime, datetime],
    ) -> None:
        """Ask, unless somebody did while we waited, here or elsewhere, or just failed to."""
        now = self._clock.now()
        reload = timedelta(seconds=self._limits.reload_s)
        if known.loaded_at is None or abs(now - known.loaded_at) >= reload:
            known.kept = await self._rows.load(tenant, source_id, now)
            known.loaded_at = now
        if not self._lacks(source, known.kept, *wanted) or self._pauses(source, known.kept):
            return
        asked = self._asked(source, wanted[0])
        try:
            told = await self._fetch(source, *asked)
            before = Before(known.kept.days, known.kept.doubted)
            judged = judge(told, source.rhythm, asked, before, self._limits.confirm_s)
        except Unavailable as error:
            problem = error.message
            changed = KeptPrices(problem=problem)
        else:
            problem = " ".join(judged.problems)
            changed = KeptPrices(judged.accepted, judged.doubted, problem=problem)
        if problem:
            log.warning("prices of %s: %s", source.name, problem)
        known.kept = _merged(known.kept, replace(changed, asked_at=now))
        try:
            await self._rows.keep(tenant, source_id, changed, now)
        except (StorageError, Unavailable):
            log.exception(
                "prices of %s could not be kept, and will be asked for again", source.name
            )

    def _lacks(
        self, source: SpotSource, kept: KeptPrices, begins: datetime, ends: datetime
    ) -> bool:
        """Whether a price is missing that the source could tell by now."""
        now, rhythm = self._clock.now(), source.rhythm
        if isinstance(rhythm, Now):
            newest = kept.days.get(NOW)
            age = timedelta(seconds=rhythm.fresh_s)
            return newest is None or abs(now - newest.fetched_at) >= age
        begins = max(begins, now - _LONGEST_BACK)
        until = min(ends, self._told_until(source))
        found = self._between(source, kept, begins, until)
        return begins < until and (found is None or found.known_until(begins) < until)

    def _pauses(self, source: SpotSource, kept: KeptPrices) -> bool:
        if kept.asked_at is None:
            return False
        if isinstance(source.rhythm, Now):
            pause_s = self._limits.retry_s if kept.problem else 0
        else:
            # With the present known there is time: what is missing is tomorrow.
            now = self._clock.now()
            present = self._between(source, kept, now, now + timedelta(seconds=1))
            pause_s = self._limits.retry_s if present is None else self._limits.ask_again_s
        return abs(self._clock.now() - kept.asked_at) < timedelta(seconds=pause_s)

    def _told_until(self, source: SpotSource) -> datetime:
        """Up to when the source should know prices: the end of today, or of tomorrow."""
        rhythm = source.rhythm
        assert not isinstance(rhythm, Now)
        local = self._clock.now().astimezone(rhythm.zone)
        days = 2 if local.time() >= rhythm.publishes_at else 1
        return self._midnight(source, days)

    def _midnight(self, source: SpotSource, days: int, of: datetime | None = None) -> datetime:
        """The beginning of a day of the market's, so many days on."""
        rhythm = source.rhythm
        assert not isinstance(rhythm, Now)
        date = (of or self._clock.now()).astimezone(rhythm.zone).date() + timedelta(days=days)
        return datetime.combine(date, clock_time(), rhythm.zone)

    def _asked(self, source: SpotSource, begins: datetime) -> tuple[datetime, datetime]:
        """Whole days, so that each can be judged: from the first one needed through tomorrow."""
        now = self._clock.now()
        if isinstance(source.rhythm, Now):
            return now, now + timedelta(seconds=source.rhythm.holds_s)
        first = max(min(begins, now), now - _LONGEST_BACK)
        return self._midnight(source, 0, first), self._midnight(source, 2)

    def _between(
        self, source: SpotSource, kept: KeptPrices, begins: datetime, ends: datetime
    ) -> PriceSeries | None:
        if isinstance(source.rhythm, Now):
            newest = kept.days.get(NOW)
            days = [] if newest is None or newest.slots[-1].ends <= self._clock.now() else [newest]
        else:
            days = [kept.days[day] for day in sorted(kept.days)]
        inside = [one for day in days if (one := day.between(begins, ends)).slots]
        if not inside:
            return None
        notes = dict.fromkeys(note for one in inside for note in one.notes)
        return replace(
            inside[-1],
            slots=tuple(slot for one in inside for slot in one.slots),
            notes=tuple(notes),
        )


def _merged(kept: KeptPrices, changed: KeptPrices) -> KeptPrices:
    days = {**kept.days, **changed.days}
    doubted = still_doubted(days, {**kept.doubted, **changed.doubted})
    return replace(changed, days=days, doubted=doubted)
