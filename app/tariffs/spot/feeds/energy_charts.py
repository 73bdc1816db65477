"""Energy-Charts of Fraunhofer ISE: https://api.energy-charts.info, ``/price``

Day-ahead prices of a bidding zone, in EUR per MWh without VAT whatever the zone's own currency;
quarter-hours since October 2025. No token. Most zones are CC BY 4.0, so the source is named where
prices are shown; some are for private use only (``license_info`` says which).
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

URL = "https://api.energy-charts.info/price"


class _Answer(msgspec.Struct):
    unix_seconds: list[int]
    price: list[object]
    unit: str


@dataclass(frozen=True, slots=True)
class EnergyCharts:
    """``bidding_zone``: as Energy-Charts names it, such as ``DE-LU``."""

    http: httpx.AsyncClient
    clock: Clock
    bidding_zone: str
    name: str = "Energy-Charts"
    currency: str = "EUR"

    @property
    def rhythm(self) -> Days:
        """The market's."""
        return Days()

    async def fetch(self, begins: datetime, ends: datetime) -> PriceSeries:
        """The prices of a time; raises ``Unavailable``."""
        query = {"bzn": self.bidding_zone, "start": _seconds(begins), "end": _seconds(ends)}
        answer = shaped(self.name, await ask_json(self.http, self.name, URL, query=query), _Answer)
        if answer.unit.replace(" ", "").casefold() != "eur/mwh":
            raise Unavailable(f"{self.name} told prices in another unit")
        if len(answer.price) != len(answer.unix_seconds):
            raise Unavailable(f"{self.name} told prices without their time")
        times = [moment(self.name, told) for told in answer.unix_seconds]
        told = [Told(*pair) for pair in zip(times, answer.price, strict=True)]
        return series_of(told, Terms(self.name, self.currency, MARKET, PER_MWH), self.clock.now())


def _seconds(when: datetime) -> str:
    return str(int(when.timestamp()))
