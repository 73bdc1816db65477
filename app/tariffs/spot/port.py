"""What a price source is."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

from app.records.spot_prices import PriceSeries

MARKET = ZoneInfo("Europe/Brussels")
"""The day of the coupled day-ahead auction begins at midnight of CET, from Lisbon to Helsinki."""


@dataclass(frozen=True, slots=True)
class Days:
    """A market that tells a day's prices on the day before, by ``zone``'s clock."""

    zone: ZoneInfo = MARKET
    publishes_at: time = time(13, 0)
    """From then on tomorrow's prices are asked for. The auction's results come at about 13:00."""


@dataclass(frozen=True, slots=True)
class Now:
    """A price for now: asked again after ``fresh_s``, not used after ``holds_s``."""

    fresh_s: int
    holds_s: int


class SpotSource(Protocol):
    """Somewhere that knows what a kWh costs when."""

    @property
    def name(self) -> str:
        """As owners and drivers know it; stands in each series."""
        ...

    @property
    def currency(self) -> str:
        """ISO 4217; an answer in another is refused."""
        ...

    @property
    def rhythm(self) -> Days | Now:
        """When there are new prices."""
        ...

    async def fetch(self, begins: datetime, ends: datetime) -> PriceSeries:
        """What is known of ``[begins, ends)``, or of more or less than that.

        Raises ``Unavailable`` where nothing is, or where the answer is nonsense.
        """
        ...
