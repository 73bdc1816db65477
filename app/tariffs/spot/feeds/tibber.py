"""Tibber: https://developer.tibber.com/docs/reference, ``PriceInfo``

The prices of today and tomorrow at a customer's home, hourly or by the quarter-hour, in the home's
currency: ``total`` with taxes and VAT, ``energy`` the exchange's price alone. By the owner's token.
"""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import msgspec

from app.charging.errors import Unavailable
from app.charging.ports import Clock
from app.records.spot_prices import PriceSeries
from app.tariffs.asking import ask_json, shaped
from app.tariffs.spot.feeds.moments import moment
from app.tariffs.spot.port import Days
from app.tariffs.spot.told import Terms, Told, series_of

URL = "https://api.tibber.com/v1-beta/gql"
_PRICES = "{ total energy startsAt currency }"
_QUERY = (
    "{ viewer { homes { id currentSubscription { priceInfo(resolution: %s) "
    f"{{ today {_PRICES} tomorrow {_PRICES} }} }} }} }} }}"
)


class _Price(msgspec.Struct):
    total: object
    energy: object
    startsAt: str  # noqa: N815  Tibber's spelling
    currency: str


class _PriceInfo(msgspec.Struct):
    today: list[_Price]
    tomorrow: list[_Price]


class _Subscription(msgspec.Struct):
    priceInfo: _PriceInfo | None  # noqa: N815


class _Home(msgspec.Struct):
    id: str
    currentSubscription: _Subscription | None  # noqa: N815


class _Viewer(msgspec.Struct):
    homes: list[_Home]


class _Data(msgspec.Struct):
    viewer: _Viewer


class _Answer(msgspec.Struct):
    data: _Data | None = None
    errors: list[object] = []


@dataclass(frozen=True, slots=True)
class Tibber:
    """``home``: its id; empty where the account has one only. ``step_min``: 15 or 60."""

    http: httpx.AsyncClient
    clock: Clock
    token: str = field(repr=False)
    currency: str
    zone: ZoneInfo
    with_vat: bool
    step_min: int = 15
    home: str = ""
    name: str = "Tibber"

    @property
    def rhythm(self) -> Days:
        """Days by the home's clock."""
        return Days(self.zone)

    async def fetch(self, begins: datetime, ends: datetime) -> PriceSeries:
        """Today and tomorrow, whatever was asked; raises ``Unavailable``."""
        info = await self._price_info()
        prices = [*info.today, *info.tomorrow]
        if any(price.currency != self.currency for price in prices):
            raise Unavailable(f"{self.name} told prices that are not in {self.currency}")
        told = [
            Told(
                moment(self.name, price.startsAt),
                price.total if self.with_vat else price.energy,
            )
            for price in prices
        ]
        terms = Terms(self.name, self.currency, self.zone, with_vat=self.with_vat)
        return series_of(told, terms, self.clock.now())

    async def _price_info(self) -> _PriceInfo:
        query = _QUERY % ("HOURLY" if self.step_min == 60 else "QUARTER_HOURLY")
        headers = {"Authorization": f"Bearer {self.token}"}
        told = await ask_json(self.http, self.name, URL, headers=headers, body={"query": query})
        answer = shaped(self.name, told, _Answer)
        if answer.errors or answer.data is None:
            raise Unavailable(f"{self.name} refused the question; look at the token")
        contracts = [
            home.currentSubscription.priceInfo
            for home in answer.data.viewer.homes
            if self.home in ("", home.id) and home.currentSubscription is not None
        ]
        found = [info for info in contracts if info is not None]
        if not found:
            raise Unavailable(f"{self.name} has no running contract for this home")
        if len(found) > 1:
            raise Unavailable(f"{self.name} has several contracts; say which home it is")
        return found[0]
