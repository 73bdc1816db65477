"""Octopus Agile: https://docs.octopus.energy/rest/guides/endpoints/, "standard unit rates"

A price each half-hour in pence per kWh, with and without VAT, the newest first, in pages. No token.
A tariff's code is made of the product and the region's letter. Tomorrow's prices come between 16:00
and 20:00 of London and reach until 23:00.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal

import httpx
import msgspec

from app.charging.errors import Unavailable
from app.charging.ports import Clock
from app.records.spot_prices import PriceSeries
from app.tariffs.asking import ask_json, shaped
from app.tariffs.spot.feeds.moments import moment
from app.tariffs.spot.port import MARKET, Days
from app.tariffs.spot.told import Terms, Told, series_of

BASE = "https://api.octopus.energy/v1"
_PUBLISHES = time(17, 0)
_PENCE = Decimal("0.01")
_MOST_PAGES = 5
_PAGE = "1500"  # the most there is; four days are 192


class _Rate(msgspec.Struct):
    value_exc_vat: object
    value_inc_vat: object
    valid_from: str
    valid_to: str | None = None


class _Page(msgspec.Struct):
    results: list[_Rate]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class OctopusAgile:
    """``product``: such as ``AGILE-24-10-01``; ``region``: the letter of the supply area."""

    http: httpx.AsyncClient
    clock: Clock
    product: str
    region: str
    with_vat: bool
    name: str = "Octopus Agile"
    currency: str = "GBP"

    @property
    def rhythm(self) -> Days:
        """Its day is the market's: from 23:00 to 23:00 of London."""
        return Days(publishes_at=_PUBLISHES)

    async def fetch(self, begins: datetime, ends: datetime) -> PriceSeries:
        """The half-hours of a time; raises ``Unavailable``."""
        rates = await self._rates(begins, ends)
        told = [
            Told(
                moment(self.name, rate.valid_from),
                rate.value_inc_vat if self.with_vat else rate.value_exc_vat,
                None if rate.valid_to is None else moment(self.name, rate.valid_to),
            )
            for rate in rates
        ]
        terms = Terms(self.name, self.currency, MARKET, _PENCE, self.with_vat)
        return series_of(told, terms, self.clock.now())

    async def _rates(self, begins: datetime, ends: datetime) -> list[_Rate]:
        tariff = f"E-1R-{self.product}-{self.region}"
        url = f"{BASE}/products/{self.product}/electricity-tariffs/{tariff}/standard-unit-rates/"
        query = {"period_from": _iso(begins), "period_to": _iso(ends), "page_size": _PAGE}
        page = shaped(self.name, await ask_json(self.http, self.name, url, query=query), _Page)
        rates, pages = list(page.results), 1
        while page.next is not None:
            pages += 1
            if pages > _MOST_PAGES or not page.next.startswith(f"{BASE}/"):
                raise Unavailable(f"{self.name} answered with pages that do not end")
            page = shaped(self.name, await ask_json(self.http, self.name, page.next), _Page)
            rates += page.results
        return rates


def _iso(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
