"""Rates: fresh, agreed upon, or refused."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import pytest

from app.charging.errors import Unavailable
from app.charging.money import SATS, Rate
from app.tariffs.rates import RateLimits, Rates
from tests.support.tenancy import SetClock


@dataclass
class Told:
    """Says what a test tells it to; None: it is down."""

    clock: SetClock
    value: Decimal | None
    name: str = "told"
    asked: int = 0
    hang: bool = False
    currencies: list[str] = field(default_factory=list)

    async def fetch(self, currency: str) -> Rate:
        self.asked += 1
        self.currencies.append(currency)
        await asyncio.sleep(3600 if self.hang else 0)
        if self.value is None:
            raise Unavailable("down")
        return Rate(currency, self.value, self.name, self.clock.now())


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def first(clock: SetClock) -> Told:
    return Told(clock, Decimal(1_000_000), "first")


@pytest.fixture
def second(clock: SetClock) -> Told:
    return Told(clock, Decimal(1_010_000), "second")


@pytest.fixture
def rates(clock: SetClock, first: Told, second: Told) -> Rates:
    return Rates([first, second], clock, RateLimits(fetch_timeout_s=0.2))


async def test_sats_are_sats_and_nobody_is_asked(rates: Rates, first: Told) -> None:
    assert (await rates.rate(SATS)).msat_per_unit == 1000
    assert first.asked == 0


async def test_the_first_source_counts(rates: Rates) -> None:
    rate = await rates.rate("eur")
    assert (rate.source, rate.msat_per_unit, rate.currency) == ("first", Decimal(1_000_000), "EUR")


async def test_a_fresh_rate_is_used_again_and_a_crowd_asks_once(rates: Rates, first: Told) -> None:
    await asyncio.gather(*(rates.rate("EUR") for _ in range(50)))
    assert first.asked == 1
    await rates.rate("CHF")
    assert first.currencies == ["EUR", "CHF"]


async def test_an_old_rate_is_asked_anew(rates: Rates, first: Told, clock: SetClock) -> None:
    await rates.rate("EUR")
    clock.at += timedelta(seconds=60)
    first.value = Decimal(1_005_000)
    assert (await rates.rate("EUR")).msat_per_unit == 1_005_000


async def test_while_the_sources_are_down_the_last_rate_holds_until_it_is_stale(
    rates: Rates, first: Told, second: Told, clock: SetClock
) -> None:
    await rates.rate("EUR")
    first.value = second.value = None
    clock.at += timedelta(seconds=299)
    assert (await rates.rate("EUR")).msat_per_unit == 1_000_000
    clock.at += timedelta(seconds=1)
    with pytest.raises(Unavailable, match="no exchange rate for EUR"):
        await rates.rate("EUR")


async def test_after_a_failure_the_sources_are_left_alone_for_a_moment(
    rates: Rates, first: Told, second: Told, clock: SetClock
) -> None:
    first.value = second.value = None
    for _ in range(3):
        with pytest.raises(Unavailable):
            await rates.rate("EUR")
    assert first.asked == 1
    clock.at += timedelta(seconds=5)
    first.value = Decimal(1_000_000)
    await rates.rate("EUR")


async def test_sources_that_disagree_are_refused(rates: Rates, second: Told) -> None:
    second.value = Decimal(1_020_001)
    with pytest.raises(Unavailable, match="disagree"):
        await rates.rate("EUR")


async def test_one_source_is_enough_when_the_other_is_down_or_hangs(
    rates: Rates, first: Told, second: Told
) -> None:
    first.hang = True
    assert (await rates.rate("EUR")).source == "second"
    second.value = None
    first.hang = False
    assert (await rates.rate("CHF")).source == "first"


async def test_one_source_alone_may_not_jump(
    rates: Rates, first: Told, second: Told, clock: SetClock
) -> None:
    await rates.rate("EUR")
    first.value, second.value = None, Decimal(1_110_000)
    clock.at += timedelta(seconds=301)
    with pytest.raises(Unavailable, match="in doubt"):
        await rates.rate("EUR")


async def test_both_together_may_jump(
    rates: Rates, first: Told, second: Told, clock: SetClock
) -> None:
    await rates.rate("EUR")
    first.value = second.value = Decimal(1_300_000)
    clock.at += timedelta(seconds=301)
    assert (await rates.rate("EUR")).msat_per_unit == 1_300_000


async def test_without_sources_there_is_no_rate(clock: SetClock) -> None:
    with pytest.raises(Unavailable):
        await Rates([], clock).rate("EUR")


async def test_a_clock_that_was_set_back_makes_no_rate_last_longer(
    rates: Rates, first: Told, second: Told, clock: SetClock
) -> None:
    await rates.rate("EUR")
    clock.at -= timedelta(minutes=10)
    first.value = second.value = Decimal(1_005_000)
    assert (await rates.rate("EUR")).msat_per_unit == 1_005_000

    first.value = second.value = None
    clock.at += timedelta(minutes=10)
    with pytest.raises(Unavailable):
        await rates.rate("EUR")
    clock.at -= timedelta(minutes=10)
    first.value = second.value = Decimal(1_005_000)
    assert (await rates.rate("EUR")).msat_per_unit == 1_005_000
