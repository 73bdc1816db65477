"""Any address that answers JSON with prices in it: a dynamic contract, an inverter, a script.

The owner says where they stand, in JMESPath (https://jmespath.org/specification.html). The client
must be the guarded one: the address is the owner's, and leads nowhere inside.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx
import jmespath
from jmespath.exceptions import JMESPathError

from app.charging.errors import BadInput, Unavailable
from app.charging.ports import Clock
from app.records.spot_prices import PriceSeries, PriceSlot
from app.records.spot_sources import JsonPaths
from app.tariffs.asking import ask_json
from app.tariffs.spot.feeds.moments import moment
from app.tariffs.spot.port import Days, Now
from app.tariffs.spot.told import Terms, Told, price_of, series_of

_MOST_PATH = 200
_GROWS = re.compile(r"[,{(&]")
"""Without these no result is larger than the document; ``[@,@][]`` would double it, and again."""
_FRESH_S = 60


@dataclass(frozen=True, slots=True)
class JsonUrl:
    """``{from}`` and ``{to}`` in the URL become what is asked for, ISO 8601 in UTC.

    ``query`` is added to the URL and secret like the headers.
    """

    http: httpx.AsyncClient
    clock: Clock
    url: str
    paths: JsonPaths
    zone: ZoneInfo
    currency: str
    with_vat: bool = False
    holds_s: int = 900
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: str = field(default="", repr=False)
    name: str = "JSON"

    @property
    def rhythm(self) -> Days | Now:
        """Without times it is a price for now."""
        if self.paths.time:
            return Days(self.zone)
        return Now(min(_FRESH_S, self.holds_s), self.holds_s)

    async def fetch(self, begins: datetime, ends: datetime) -> PriceSeries:
        """The prices that stand there; raises ``Unavailable``."""
        answer = await ask_json(self.http, self.name, self._url(begins, ends), headers=self.headers)
        terms = Terms(self.name, self.currency, self.zone, self.paths.factor, self.with_vat)
        if not self.paths.time:
            return self._for_now(self._found(self.paths.price, answer), terms)
        told = self._list(answer) if self.paths.slots else self._side_by_side(answer)
        return series_of(told, terms, self.clock.now())

    def _for_now(self, told: object, terms: Terms) -> PriceSeries:
        now = self.clock.now()
        slot = PriceSlot(now, now + timedelta(seconds=self.holds_s), price_of(told, terms))
        return PriceSeries(self.currency, self.name, now, (slot,), self.with_vat)

    def _list(self, answer: object) -> list[Told]:
        return [
            self._told(
                self._found(self.paths.time, one),
                self._found(self.paths.price, one),
                self._found(self.paths.end, one) if self.paths.end else None,
            )
            for one in self._many(self.paths.slots, answer)
        ]

    def _side_by_side(self, answer: object) -> list[Told]:
        times = self._many(self.paths.time, answer)
        prices = self._many(self.paths.price, answer)
        ends = self._many(self.paths.end, answer) if self.paths.end else [None] * len(times)
        if not len(times) == len(prices) == len(ends):
            raise Unavailable(f"{self.name} told {len(times)} times and {len(prices)} prices")
        return [self._told(*one) for one in zip(times, prices, ends, strict=True)]

    def _told(self, time: object, price: object, end: object) -> Told:
        ends = None if end is None else moment(self.name, end)
        return Told(moment(self.name, time), price, ends)

    def _many(self, path: str, answer: object) -> list[Any]:
        found = self._found(path, answer)
        if not isinstance(found, list):
            raise Unavailable(f"{self.name} has no list at {path}")
        return found

    def _found(self, path: str, answer: object) -> Any:
        try:
            return jmespath.search(path, answer)
        except (JMESPathError, RecursionError) as error:
            raise Unavailable(f"{self.name} has nothing at {path}") from error

    def _url(self, begins: datetime, ends: datetime) -> str:
        url = self.url.replace("{from}", _iso(begins)).replace("{to}", _iso(ends))
        return f"{url}{'&' if '?' in url else '?'}{self.query}" if self.query else url


def checked_path(path: str, *, field: str) -> str:
    """A JMESPath expression that can be used; raises ``BadInput`` with the field."""
    tidy = path.strip()
    if not tidy:
        return ""
    if len(tidy) > _MOST_PATH or not tidy.isprintable():
        raise BadInput(f"a path of at most {_MOST_PATH} characters", field=field)
    if _GROWS.search(tidy):
        raise BadInput("a plain path, like data[*].price, without functions", field=field)
    try:
        jmespath.compile(tidy)
    except (JMESPathError, RecursionError) as error:
        raise BadInput("a path, like data.price or prices[0].total", field=field) from error
    return tidy


def _iso(when: datetime) -> str:
    return quote(when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
