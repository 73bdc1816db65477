"""Sources over recorded answers, and series made by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from app.charging.errors import Unavailable
from app.records.spot_prices import PriceSeries, PriceSlot
from app.records.spot_sources import JsonPaths
from app.tariffs.spot.feeds.awattar import Awattar
from app.tariffs.spot.feeds.energy_charts import EnergyCharts
from app.tariffs.spot.feeds.entsoe import Entsoe
from app.tariffs.spot.feeds.json_url import JsonUrl
from app.tariffs.spot.feeds.octopus import OctopusAgile
from app.tariffs.spot.feeds.tibber import Tibber
from app.tariffs.spot.port import Days, Now, SpotSource
from tests.support.tenancy import SetClock

RECORDINGS = Path(__file__).parent.parent.parent / "recordings" / "spot"
BERLIN = ZoneInfo("Europe/Berlin")
DE_LU = "10Y1001A1001A82H"
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
MIDNIGHT = datetime(2026, 2, 28, 23, tzinfo=UTC)
"""The beginning of 2026-03-01 in Berlin."""
NEXT_MIDNIGHT = MIDNIGHT + timedelta(days=1)

Make = Callable[[httpx.AsyncClient, SetClock], SpotSource]


def entsoe(http: httpx.AsyncClient, clock: SetClock) -> Entsoe:
    return Entsoe(http, clock, "s3cret", DE_LU)


def awattar(http: httpx.AsyncClient, clock: SetClock) -> Awattar:
    return Awattar(http, clock, "AT")


def energy_charts(http: httpx.AsyncClient, clock: SetClock) -> EnergyCharts:
    return EnergyCharts(http, clock, "DE-LU")


def tibber(http: httpx.AsyncClient, clock: SetClock) -> Tibber:
    return Tibber(http, clock, "s3cret", "EUR", BERLIN, with_vat=True)


def octopus(http: httpx.AsyncClient, clock: SetClock) -> OctopusAgile:
    return OctopusAgile(http, clock, "AGILE-24-10-01", "C", with_vat=True)


def json_list(http: httpx.AsyncClient, clock: SetClock) -> JsonUrl:
    paths = JsonPaths("ct", "contract.prices", "when", factor=Decimal("0.01"))
    return JsonUrl(
        http,
        clock,
        "https://contract.example/prices?day={from}",
        paths,
        BERLIN,
        "EUR",
        with_vat=True,
        headers={"X-Api-Key": "s3cret"},
        query="key=s3cret",
    )


def json_now(http: httpx.AsyncClient, clock: SetClock) -> JsonUrl:
    paths = JsonPaths("inverter.grid.price")
    return JsonUrl(http, clock, "https://inverter.example/now", paths, BERLIN, "EUR")


@dataclass(frozen=True)
class Recorded:
    make: Make
    bodies: tuple[str, ...]
    slots: int
    length: timedelta

    def __str__(self) -> str:
        return self.make.__name__


EVERY = [
    Recorded(entsoe, ("entsoe_pt15m.xml",), 96, QUARTER),
    Recorded(awattar, ("awattar.json",), 24, HOUR),
    Recorded(energy_charts, ("energy_charts.json",), 96, QUARTER),
    Recorded(tibber, ("tibber.json",), 96, QUARTER),
    Recorded(octopus, ("octopus_1.json", "octopus_2.json"), 48, HOUR / 2),
    Recorded(json_list, ("json_list.json",), 24, HOUR),
    Recorded(json_now, ("json_now.json",), 1, QUARTER),
]


def recording(name: str) -> str:
    return (RECORDINGS / name).read_text()


def answering(*bodies: str, status: int = 200) -> tuple[httpx.AsyncClient, list[httpx.Request]]:
    """Gives the bodies one after the other, the last again and again."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, text=bodies[min(len(asked), len(bodies)) - 1])

    return httpx.AsyncClient(transport=httpx.MockTransport(answer)), asked


def series(
    prices: Sequence[str | int | Decimal],
    *,
    begins: datetime = MIDNIGHT,
    step: timedelta = HOUR,
    fetched_at: datetime = MIDNIGHT,
    currency: str = "EUR",
) -> PriceSeries:
    """A series without gaps."""
    slots = tuple(
        PriceSlot(begins + i * step, begins + (i + 1) * step, Decimal(price))
        for i, price in enumerate(prices)
    )
    return PriceSeries(currency, "told", fetched_at, slots)


@dataclass
class Market:
    """Tells what a test says it does, by the hour; a price of None: not there."""

    clock: SetClock
    price: Callable[[datetime], Decimal | None]
    name: str = "market"
    currency: str = "EUR"
    rhythm: Days | Now = field(default_factory=lambda: Days(BERLIN))
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)
    problem: str = ""

    async def fetch(self, begins: datetime, ends: datetime) -> PriceSeries:
        self.asked.append((begins, ends))
        await asyncio.sleep(0)  # so that a crowd meets
        if self.problem:
            raise Unavailable(self.problem)
        now = self.clock.now()
        if isinstance(self.rhythm, Now):
            price = self.price(now)
            assert price is not None
            slot = PriceSlot(now, now + timedelta(seconds=self.rhythm.holds_s), price)
            return PriceSeries(self.currency, self.name, now, (slot,))
        at, slots = begins.astimezone(UTC), list[PriceSlot]()
        while at < ends:
            price = self.price(at)
            if price is not None:
                slots.append(PriceSlot(at, at + HOUR, price))
            at += HOUR
        if not slots:
            raise Unavailable("nothing there")
        return PriceSeries(self.currency, self.name, now, tuple(slots))
