"""The cache: one fetch for a crowd, tomorrow when it is there, nothing stale, all of it kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.charging.errors import StorageThrottled, Unavailable
from app.charging.ports import Operation
from app.records.spot_prices import KeptPrices, PriceSeries, SpotPriceRows
from app.storage.memory import MemoryTables
from app.tariffs.spot.accepting import CONFIRMED
from app.tariffs.spot.port import Now
from app.tariffs.spot.prices import SpotLimits, SpotPrices
from tests.support.tenancy import SetClock
from tests.tariffs.spot.support import HOUR, MIDNIGHT, NEXT_MIDNIGHT, Market, series

A, B = "aaaaaaaaaaaa", "bbbbbbbbbbbb"
SOURCE = "spot1.1"
DAY = timedelta(days=1)
NIGHT = timedelta(hours=10)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)  # 13:00 in Berlin


def told_at_13(clock: SetClock) -> Callable[[datetime], Decimal | None]:
    """Eight cents at any hour that the market has told: until midnight, from 13:00 for tomorrow."""

    def price(at: datetime) -> Decimal | None:
        now = clock.now()
        days = (now + HOUR).date().toordinal() + (1 if now.hour >= 12 else 0)
        return Decimal("0.08") if (at + HOUR).date().toordinal() <= days else None

    return price


@pytest.fixture
def clock() -> SetClock:
    clock = SetClock()
    clock.at = NOON - 4 * HOUR
    return clock


@pytest.fixture
def market(clock: SetClock) -> Market:
    return Market(clock, told_at_13(clock))


@pytest.fixture
def tables() -> MemoryTables:
    return MemoryTables()


@pytest.fixture
def prices(tables: MemoryTables, clock: SetClock) -> SpotPrices:
    return SpotPrices(tables, clock, SpotLimits(fetch_timeout_s=0.2))


async def ask(prices: SpotPrices, market: Market, hours: int = 4, tenant: str = A) -> PriceSeries:
    now = market.clock.now()
    return await prices.series(tenant, SOURCE, market, now, now + hours * HOUR)


async def test_a_crowd_asks_once_for_whole_days(prices: SpotPrices, market: Market) -> None:
    found = await asyncio.gather(*(ask(prices, market) for _ in range(50)))
    assert market.asked == [(MIDNIGHT, MIDNIGHT + 2 * DAY)]
    assert {len(one.slots) for one in found} == {4}
    assert found[0].price_at(market.clock.now()) == Decimal("0.08")


async def test_today_is_asked_for_once(prices: SpotPrices, market: Market, clock: SetClock) -> None:
    for _ in range(4):
        await ask(prices, market, hours=1)
        clock.at += HOUR
    assert len(market.asked) == 1


async def test_tomorrow_is_asked_for_when_the_market_tells_it(
    prices: SpotPrices, market: Market, clock: SetClock
) -> None:
    early = await ask(prices, market, hours=20)
    assert early.known_until(clock.now()) == NEXT_MIDNIGHT
    clock.at = NOON - timedelta(seconds=1)
    await ask(prices, market, hours=20)
    assert len(market.asked) == 1
    clock.at = NOON
    late = await ask(prices, market, hours=20)
    assert late.known_until(clock.now()) == clock.now() + 20 * HOUR
    assert len(market.asked) == 2


async def test_what_is_late_is_asked_for_again_every_ten_minutes(
    prices: SpotPrices, market: Market, clock: SetClock
) -> None:
    is_there = False
    told = market.price
    market.price = lambda at: told(at) if is_there or at < NEXT_MIDNIGHT else None
    clock.at = NOON
    asked = []
    for minute in range(31):
        await ask(prices, market, hours=20)
        asked.append(len(market.asked))
        clock.at += timedelta(minutes=1)
        is_there = minute >= 15
    assert asked == [1] * 10 + [2] * 10 + [3] * 11
    found = await ask(prices, market, hours=20)
    assert found.known_until(clock.now()) >= clock.now() + 20 * HOUR


async def test_tomorrow_is_not_asked_for_by_who_needs_today(
    prices: SpotPrices, market: Market, clock: SetClock
) -> None:
    await ask(prices, market, hours=1)
    clock.at = NOON + HOUR
    await ask(prices, market, hours=1)
    assert len(market.asked) == 1


async def test_yesterday_where_a_charge_began(prices: SpotPrices, market: Market) -> None:
    begins = market.clock.now() - NIGHT
    found = await prices.series(A, SOURCE, market, begins, begins + 12 * HOUR)
    assert found.slots[0].begins == begins
    assert market.asked == [(MIDNIGHT - DAY, MIDNIGHT + 2 * DAY)]


async def test_a_silent_source_is_left_alone_for_a_minute(
    prices: SpotPrices, market: Market, clock: SetClock
) -> None:
    market.problem = "down"
    for _ in range(3):
        with pytest.raises(Unavailable, match=r"market has no price for this time\. down"):
            await ask(prices, market)
    assert len(market.asked) == 1
    clock.at += timedelta(minutes=1)
    market.problem = ""
    assert (await ask(prices, market)).slots


async def test_a_source_that_hangs_is_not_waited_for(clock: SetClock, tables: MemoryTables) -> None:
    class Hanging(Market):
        async def fetch(self, begins: datetime, ends: datetime) -> PriceSeries:
            await asyncio.sleep(3600)
            raise AssertionError

    prices = SpotPrices(tables, clock, SpotLimits(fetch_timeout_s=0.01))
    with pytest.raises(Unavailable, match="does not answer"):
        await ask(prices, Hanging(clock, lambda _: None))


async def test_what_is_known_holds_while_the_source_is_down(
    prices: SpotPrices, market: Market, clock: SetClock
) -> None:
    await ask(prices, market)
    market.problem = "down"
    clock.at = NOON + HOUR
    found = await ask(prices, market, hours=20)
    assert found.known_until(clock.now()) == NEXT_MIDNIGHT
    clock.at = NEXT_MIDNIGHT
    with pytest.raises(Unavailable):
        await ask(prices, market)


async def test_another_process_reads_what_this_one_asked_for(
    prices: SpotPrices, market: Market, tables: MemoryTables, clock: SetClock
) -> None:
    here = await ask(prices, market)
    there = await ask(SpotPrices(tables, clock), market)
    assert there == here
    assert len(market.asked) == 1


async def test_another_process_does_not_ask_what_just_failed(
    prices: SpotPrices, market: Market, tables: MemoryTables, clock: SetClock
) -> None:
    market.problem = "down"
    for process in (prices, SpotPrices(tables, clock)):
        with pytest.raises(Unavailable, match="down"):
            await ask(process, market)
    assert len(market.asked) == 1


async def test_tenants_and_versions_know_nothing_of_each_other(
    prices: SpotPrices, market: Market, clock: SetClock
) -> None:
    await ask(prices, market)
    await ask(prices, market, tenant=B)
    await prices.series(A, "spot1.2", market, clock.now(), clock.now() + HOUR)
    assert len(market.asked) == 3


async def test_a_jump_is_believed_when_it_is_told_again(
    prices: SpotPrices, market: Market, clock: SetClock
) -> None:
    await ask(prices, market)
    told = market.price
    market.price = lambda at: Decimal(2) if at >= NEXT_MIDNIGHT and told(at) else told(at)
    clock.at = NOON
    found = await ask(prices, market, hours=20)
    assert found.known_until(clock.now()) == NEXT_MIDNIGHT
    clock.at += timedelta(minutes=10)
    found = await ask(prices, market, hours=20)
    assert found.price_at(NEXT_MIDNIGHT) == 2
    assert found.notes == (CONFIRMED,)


async def test_a_jump_is_told_again_to_another_process(
    prices: SpotPrices, market: Market, tables: MemoryTables, clock: SetClock
) -> None:
    await ask(prices, market)
    told = market.price
    market.price = lambda at: Decimal(2) if at >= NEXT_MIDNIGHT and told(at) else told(at)
    clock.at = NOON
    await ask(prices, market, hours=20)
    clock.at += timedelta(minutes=10)
    found = await ask(SpotPrices(tables, clock), market, hours=20)
    assert found.price_at(NEXT_MIDNIGHT) == 2


async def test_a_price_for_now_is_fresh_or_refused(prices: SpotPrices, clock: SetClock) -> None:
    inverter = Market(clock, lambda at: Decimal(at.minute) / 100, rhythm=Now(60, 900))
    assert (await ask(prices, inverter)).price_at(clock.now()) == 0
    clock.at += timedelta(seconds=59)
    assert (await ask(prices, inverter)).price_at(clock.now()) == 0
    clock.at += timedelta(seconds=1)
    assert (await ask(prices, inverter)).price_at(clock.now()) == Decimal("0.01")
    inverter.problem = "night"
    clock.at += timedelta(minutes=14)
    assert (await ask(prices, inverter)).price_at(clock.now()) == Decimal("0.01")
    clock.at += timedelta(minutes=1)
    with pytest.raises(Unavailable, match="night"):
        await ask(prices, inverter)
    assert len(inverter.asked) == 4


async def test_a_crowd_asks_once_for_a_price_for_now(prices: SpotPrices, clock: SetClock) -> None:
    inverter = Market(clock, lambda _: Decimal("0.3"), rhythm=Now(60, 900))
    await asyncio.gather(*(ask(prices, inverter) for _ in range(20)))
    assert len(inverter.asked) == 1


async def test_a_price_for_now_that_fails_is_left_alone(
    prices: SpotPrices, clock: SetClock
) -> None:
    inverter = Market(clock, lambda _: Decimal("0.3"), rhythm=Now(60, 900), problem="night")
    for _ in range(3):
        with pytest.raises(Unavailable):
            await ask(prices, inverter)
    assert len(inverter.asked) == 1


async def test_a_stale_price_for_now_is_none_for_a_charge_that_began_before(
    prices: SpotPrices, clock: SetClock
) -> None:
    inverter = Market(clock, lambda _: Decimal("0.3"), rhythm=Now(60, 900))
    began = clock.now()
    await ask(prices, inverter)
    inverter.problem = "night"
    clock.at += HOUR
    with pytest.raises(Unavailable):
        await prices.series(A, SOURCE, inverter, began, clock.now() + HOUR)


async def test_long_ago_is_not_asked_for(
    prices: SpotPrices, market: Market, clock: SetClock
) -> None:
    for _ in range(2):
        begins = clock.now() - 5 * DAY
        found = await prices.series(A, SOURCE, market, begins, clock.now() + HOUR)
        assert found.price_at(clock.now()) is not None
        clock.at += HOUR
    assert market.asked == [(MIDNIGHT - 2 * DAY, MIDNIGHT + 2 * DAY)]


async def test_a_doubt_is_over_with_the_day_believed(
    prices: SpotPrices, market: Market, tables: MemoryTables, clock: SetClock
) -> None:
    await ask(prices, market)
    told = market.price
    market.price = lambda at: Decimal(2) if at >= NEXT_MIDNIGHT and told(at) else told(at)
    clock.at = NOON
    await ask(prices, market, hours=20)
    rows = SpotPriceRows(tables)
    assert list((await rows.load(A, SOURCE, clock.now())).doubted) == ["2026-03-02"]
    clock.at += timedelta(minutes=10)
    await ask(prices, market, hours=20)
    assert not (await rows.load(A, SOURCE, clock.now())).doubted


async def test_what_is_long_unused_is_forgotten_and_read_again(
    prices: SpotPrices, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.tariffs.spot.prices._MOST_KNOWN", 2)
    for tenant in (A, B, "cccccccccccc", A):
        await ask(prices, market, tenant=tenant)
    assert len(prices._known) == 2
    assert len(market.asked) == 3


async def test_a_full_table_costs_no_driver_the_price(
    prices: SpotPrices, market: Market, tables: MemoryTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def __init__(self, table: object) -> None:
            self.query = table.query  # type: ignore[attr-defined]  # the memory table's own

        async def write(self, operations: list[Operation]) -> None:
            raise StorageThrottled("full")

    real = tables.tenant
    monkeypatch.setattr(tables, "tenant", lambda tenant: Full(real(tenant)))
    assert (await ask(prices, market)).slots
    assert (await ask(prices, market)).slots
    assert len(market.asked) == 1


async def test_rows_hold_a_day_exactly_and_expire(tables: MemoryTables, clock: SetClock) -> None:
    rows, now = SpotPriceRows(tables), clock.now()
    quarter = timedelta(minutes=15)
    day = series(["0.08412", "-0.01", "1E-7", "0"] * 24, step=quarter, fetched_at=now)
    kept = KeptPrices({"2026-03-01": day}, {"2026-03-02": day}, problem="a jump")
    await rows.keep(A, SOURCE, kept, now)
    again = await rows.load(A, SOURCE, now)
    assert (again.days, again.doubted, again.problem) == (kept.days, kept.doubted, "a jump")
    assert again.asked_at == now
    assert await rows.load(B, SOURCE, now) == KeptPrices()
    later = await rows.load(A, SOURCE, now + 3 * DAY)
    assert (list(later.days), list(later.doubted), later.asked_at) == (["2026-03-01"], [], None)
    assert await rows.load(A, SOURCE, now + 7 * DAY) == KeptPrices()
    page = await tables.tenant(A).query(f"T#{A}#SPOT#{SOURCE}")
    assert all("expires_at" in row for row in page.items)
