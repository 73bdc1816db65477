"""aWATTar's market data for Austria and Germany: https://www.awattar.at/services/api

One price an hour of the EPEX Spot day-ahead auction, in EUR per MWh without VAT; times in
milliseconds since 1970. No token; at most 60 requests a minute.
"""

from dataclasses import dataclass
from datetime import datetime

import httpx
import msgspec

from app.charging.errors import Unavailable
from app.charging.ports import Clock
from app.records.spot_prices import PriceSeries
from app.tariffs.asking import ask_json, shaped
from app.tariffs.spot.feeds.moments import moment
from app.tariffs.spot.port import MARKET, Days
from app.tariffs.spot.told import PER_MWH, Terms, Told, series_of

URLS = {
    "AT": "https://api.awattar.at/v1/marketdata",
    "DE": "https://api.awattar.de/v1/marketdata",
}


class _Price(msgspec.Struct):
    start_timestamp: int
    end_timestamp: int
    marketprice: object
    unit: str


class _Answer(msgspec.Struct):
    data: list[_Price]


@dataclass(frozen=True, slots=True)
class Awattar:
    """``country``: ``AT`` or ``DE``."""

    http: httpx.AsyncClient
    clock: Clock
    country: str
    name: str = "aWATTar"
    currency: str = "EUR"

    @property
    def rhythm(self) -> Days:
        """The market's; here tomorrow's prices come "after 14:00" at the latest."""
        return Days()

    async def fetch(self, begins: datetime, ends: datetime) -> PriceSeries:
        """The hours of a time; raises ``Unavailable``."""
        query = {"start": _ms(begins), "end": _ms(ends)}
        answer = await ask_json(self.http, self.name, URLS[self.country], query=query)
        prices = shaped(self.name, answer, _Answer).data
        if any(price.unit.casefold() != "eur/mwh" for price in prices):
            raise Unavailable(f"{self.name} told prices in another unit")
        told = [
            Told(
                moment(self.name, price.start_timestamp),
                price.marketprice,
                moment(self.name, price.end_timestamp),
            )
            for price in prices
        ]
        terms = Terms(self.name, self.currency, MARKET, PER_MWH)
        return series_of(told, terms, self.clock.now())


def _ms(when: datetime) -> str:
    return str(int(when.timestamp()) * 1000)
