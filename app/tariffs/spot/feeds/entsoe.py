"""ENTSO-E's transparency platform, day-ahead prices (12.1.D): document type A44

https://documenter.getpostman.com/view/7009892/2s93JtP3F6 and the "Publication document" of
IEC 62325-451-3. By a token that every registered user can have; at most 400 requests a minute.

A point's position counts steps of ``resolution`` from the start of its period. With curve type A03
a point that repeats the one before is left out. Where a zone has several auctions (DE-LU also has
EXAA's) the one that is coupled across Europe has sequence 1, or none, and need not come first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.parsers.expat import ExpatError

import httpx
import msgspec
import xmltodict

from app.charging.errors import Unavailable
from app.charging.ports import Clock
from app.records.spot_prices import PriceSeries
from app.tariffs.asking import ask, shaped
from app.tariffs.spot.feeds.moments import moment
from app.tariffs.spot.port import MARKET, Days
from app.tariffs.spot.told import PER_MWH, Terms, Told, series_of

URL = "https://web-api.tp.entsoe.eu/api"
_STEPS = {"PT15M": 15, "PT30M": 30, "PT60M": 60, "PT1H": 60}
_DAY_AHEAD, _MAIN_AUCTION, _VARIABLE_BLOCKS = "A01", "1", "A03"
_LISTS = ("TimeSeries", "Period", "Point", "Reason")
_LONGEST_PERIOD = timedelta(days=8)


class _Point(msgspec.Struct):
    position: str
    price: str = msgspec.field(name="price.amount")


class _Interval(msgspec.Struct):
    start: str
    end: str


class _Period(msgspec.Struct):
    interval: _Interval = msgspec.field(name="timeInterval")
    resolution: str
    points: list[_Point] = msgspec.field(name="Point", default_factory=list)


class _Series(msgspec.Struct):
    currency: str = msgspec.field(name="currency_Unit.name")
    unit: str = msgspec.field(name="price_Measure_Unit.name")
    periods: list[_Period] = msgspec.field(name="Period")
    contract: str = msgspec.field(name="contract_MarketAgreement.type", default=_DAY_AHEAD)
    curve: str = msgspec.field(name="curveType", default=_VARIABLE_BLOCKS)
    auction: str = msgspec.field(
        name="classificationSequence_AttributeInstanceComponent.position", default=_MAIN_AUCTION
    )


class _Publication(msgspec.Struct):
    series: list[_Series] = msgspec.field(name="TimeSeries", default_factory=list)


class _Reason(msgspec.Struct):
    text: str = ""


class _Acknowledgement(msgspec.Struct):
    reasons: list[_Reason] = msgspec.field(name="Reason", default_factory=list)


@dataclass(frozen=True, slots=True)
class Entsoe:
    """``area``: EIC code of a bidding zone; ``step_min``: 15 or 60 where it has both, 0: finest."""

    http: httpx.AsyncClient
    clock: Clock
    token: str = field(repr=False)
    area: str
    currency: str = "EUR"
    step_min: int = 0
    name: str = "ENTSO-E"

    @property
    def rhythm(self) -> Days:
        """The market's."""
        return Days()

    async def fetch(self, begins: datetime, ends: datetime) -> PriceSeries:
        """The day-ahead prices of a time; raises ``Unavailable``."""
        query = {
            "securityToken": self.token,
            "documentType": "A44",
            "contract_MarketAgreement.type": _DAY_AHEAD,
            "in_Domain": self.area,
            "out_Domain": self.area,
            "periodStart": _minute(begins),
            "periodEnd": _minute(ends),
        }
        content = await ask(self.http, self.name, URL, query=query)
        told = [one for block in self._blocks(content) for one in block.told]
        terms = Terms(self.name, self.currency, MARKET, PER_MWH)
        return series_of(told, terms, self.clock.now())

    def _blocks(self, content: bytes) -> list["_Block"]:
        """The periods, and of two resolutions for one time the one that was chosen."""
        blocks = [
            self._block(series, period)
            for series in self._series(content)
            for period in series.periods
        ]
        chosen: list[_Block] = []
        for block in sorted(blocks, key=lambda one: (one.step_min != self.step_min, one.step_min)):
            if not any(block.collides(other) for other in chosen):
                chosen.append(block)
        return chosen

    def _series(self, content: bytes) -> list[_Series]:
        """The day-ahead auction's."""
        document = self._parsed(content)
        if "Acknowledgement_MarketDocument" in document:
            self._refuse(document["Acknowledgement_MarketDocument"])
        found = shaped(self.name, document.get("Publication_MarketDocument"), _Publication).series
        ours = [s for s in found if (s.contract, s.auction) == (_DAY_AHEAD, _MAIN_AUCTION)]
        for series in ours:
            if series.unit != "MWH" or series.currency != self.currency:
                raise Unavailable(
                    f"{self.name} told {series.currency} per {series.unit}, not {self.currency}"
                )
        return ours

    def _parsed(self, content: bytes) -> dict[str, Any]:
        """The document; entities are refused, so none can grow or lead elsewhere."""
        try:
            parsed: dict[str, Any] = xmltodict.parse(content, force_list=_LISTS)
        except (ExpatError, ValueError) as error:
            raise Unavailable(f"{self.name} answered in an unknown shape") from error
        return parsed

    def _refuse(self, acknowledgement: object) -> None:
        """ENTSO-E says so, with status 200, where there is nothing."""
        reasons = shaped(self.name, acknowledgement, _Acknowledgement).reasons
        text = " ".join(reason.text for reason in reasons).replace(self.token, "…")
        if "no matching data" in text.casefold():
            raise Unavailable(f"{self.name} has no prices for this time")
        raise Unavailable(f"{self.name} refused the question: {text[:200]}")

    def _step_min(self, period: _Period) -> int:
        step = _STEPS.get(period.resolution)
        if step is None:
            raise Unavailable(f"{self.name} told prices by {period.resolution[:20]}")
        return step

    def _block(self, series: _Series, period: _Period) -> "_Block":
        begins = self._moment(period.interval.start)
        ends = self._moment(period.interval.end)
        if not timedelta(0) < ends - begins <= _LONGEST_PERIOD:
            raise Unavailable(f"{self.name} told a period from {begins} to {ends}")
        step_min = self._step_min(period)
        step = timedelta(minutes=step_min)
        most = int((ends - begins) / step)
        points = self._points(period.points, most)
        repeats = series.curve == _VARIABLE_BLOCKS
        price, told = None, list[Told]()
        for position in range(1, most + 1):
            price = points.get(position, price if repeats else None)
            at = begins + (position - 1) * step
            told.append(Told(at, price, at + step))
        return _Block(begins, ends, step_min, tuple(told))

    def _points(self, points: Sequence[_Point], most: int) -> dict[int, str]:
        found: dict[int, str] = {}
        for point in points:
            position = int(point.position) if point.position.isdecimal() else 0
            if not 1 <= position <= most or position in found:
                raise Unavailable(f"{self.name} told a point out of its place")
            found[position] = point.price
        return found

    def _moment(self, told: str) -> datetime:
        when = moment(self.name, told)
        if when.tzinfo is None:
            raise Unavailable(f"{self.name} told a time without its offset")
        return when


@dataclass(frozen=True, slots=True)
class _Block:
    """A period with all of its prices."""

    begins: datetime
    ends: datetime
    step_min: int
    told: tuple[Told, ...]

    def collides(self, other: "_Block") -> bool:
        """Whether both tell of one time by another step; by the same step they may repeat it."""
        overlap = self.begins < other.ends and other.begins < self.ends
        return overlap and self.step_min != other.step_min


def _minute(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y%m%d%H%M")
