"""What a currency is worth in sats right now, or a refusal: never an old or a doubtful rate."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Protocol

from app.charging.errors import Unavailable
from app.charging.money import MSAT_PER_SAT, SATS, Rate, sat_rate
from app.charging.ports import Clock

log = logging.getLogger(__name__)

MSAT_PER_BTC = Decimal(100_000_000 * MSAT_PER_SAT)
_DIGITS = Context(prec=10, rounding=ROUND_HALF_EVEN)


class RateSource(Protocol):
    """Somewhere that knows prices of bitcoin."""

    @property
    def name(self) -> str:
        """As owners and drivers know it; stands in each rate."""
        ...

    async def fetch(self, currency: str) -> Rate:
        """The rate of a currency (ISO 4217) just now; raises ``Unavailable``."""
        ...


@dataclass(frozen=True, slots=True)
class RateLimits:
    """How old a rate may be, and how far sources may differ."""

    fresh_s: int = 60
    """Within this a rate is used again without asking."""
    stale_s: int = 300
    """Past this a rate is refused."""
    retry_s: int = 5
    """After a failure the sources are left alone for this long."""
    fetch_timeout_s: float = 4
    max_difference: Decimal = Decimal("0.02")
    """Between two sources, as a part of the lower."""
    max_jump: Decimal = Decimal("0.10")
    """From the last rate, where only one source answers."""


def rate_from_price(currency: str, btc_price: Decimal, source: str, at: datetime) -> Rate:
    """The rate that a price of one bitcoin means; raises ``Unavailable`` for a price that is none.

    Ten digits: exact enough for any amount, short enough for a signed quote.
    """
    if not btc_price.is_finite() or btc_price <= 0:
        raise Unavailable(f"{source} gave no usable price for {currency}")
    return Rate(currency, _DIGITS.divide(MSAT_PER_BTC, btc_price), source, at)


@dataclass(slots=True)
class _Known:
    """What is known of one currency; the lock keeps a crowd from asking twice."""

    lock: asyncio.Lock
    rate: Rate | None = None
    failed_at: datetime | None = None
    problem: str = ""


class Rates:
    """Rates by currency, cached. The first source's rate is used; the second vouches for it."""

    def __init__(
        self, sources: Sequence[RateSource], clock: Clock, limits: RateLimits | None = None
    ) -> None:
        self._sources = sources
        self._clock = clock
        self._limits = limits or RateLimits()
        self._known: dict[str, _Known] = {}

    async def rate(self, currency: str) -> Rate:
        """The rate of a currency; raises ``Unavailable`` when none is both recent and sure."""
        currency = currency.upper()
        if currency == SATS:
            return sat_rate(self._clock.now())
        known = self._known.setdefault(currency, _Known(asyncio.Lock()))
        if self._is_older(known.rate, self._limits.fresh_s):
            async with known.lock:
                await self._refresh(currency, known)
        if known.rate is None or self._is_older(known.rate, self._limits.stale_s):
            raise Unavailable(f"There is no exchange rate for {currency} now. {known.problem}")
        return known.rate

    def _is_older(self, rate: Rate | None, seconds: int) -> bool:
        """One from the future, as after a clock was set back, is no younger."""
        return rate is None or abs(self._clock.now() - rate.at) >= timedelta(seconds=seconds)

    async def _refresh(self, currency: str, known: _Known) -> None:
        """Ask again unless somebody did while we waited, or it has just failed."""
        now, pause = self._clock.now(), timedelta(seconds=self._limits.retry_s)
        failed_just_now = known.failed_at is not None and abs(now - known.failed_at) < pause
        if failed_just_now or not self._is_older(known.rate, self._limits.fresh_s):
            return
        try:
            known.rate = self._agreed(await self._ask_all(currency), known.rate)
            known.failed_at, known.problem = None, ""
        except Unavailable as error:
            log.warning("no new rate for %s: %s", currency, error.message)
            known.failed_at, known.problem = self._clock.now(), error.message

    async def _ask_all(self, currency: str) -> list[Rate]:
        answers = await asyncio.gather(*(self._ask(source, currency) for source in self._sources))
        return [rate for rate in answers if rate is not None]

    async def _ask(self, source: RateSource, currency: str) -> Rate | None:
        try:
            async with asyncio.timeout(self._limits.fetch_timeout_s):
                return await source.fetch(currency)
        except (Unavailable, TimeoutError) as error:
            log.info("%s has no rate for %s: %s", source.name, currency, error)
            return None

    def _agreed(self, rates: Sequence[Rate], last: Rate | None) -> Rate:
        if not rates:
            raise Unavailable("No price source answers.")
        values = [rate.msat_per_unit for rate in rates]
        if max(values) - min(values) > min(values) * self._limits.max_difference:
            raise Unavailable("The price sources disagree.")
        alone = len(rates) == 1 and len(self._sources) > 1
        if alone and last is not None and not self._is_older(last, 3600):
            jump = abs(values[0] - last.msat_per_unit)
            if jump > last.msat_per_unit * self._limits.max_jump:
                raise Unavailable("The only price source that answers is in doubt.")
        return rates[0]
