"""The price sources an owner has set up. What is secret of them is sealed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from app.charging.ports import Tables
from app.records.rows import Rows

SpotKind = Literal["entsoe", "awattar", "energy_charts", "tibber", "octopus", "json", "signal"]


@dataclass(frozen=True, slots=True)
class JsonPaths:
    """Where in a JSON answer the prices stand: JMESPath expressions.

    ``slots`` leads to a list whose elements have ``time``, ``price`` and perhaps ``end``; empty:
    those lead to lists themselves, side by side. Without ``time``, ``price`` is one price, for now.
    ``factor`` makes what is told a price of a kWh: 0.001 for one of a MWh, 0.01 for cents.
    """

    price: str = ""
    slots: str = ""
    time: str = ""
    end: str = ""
    factor: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class SpotSourceSettings:
    """A price source as its owner describes it; which fields count depends on the kind.

    ``area``: ENTSO-E's EIC code, aWATTar's country, Energy-Charts' bidding zone, the letter of
    Octopus' region. ``product``: Octopus' product code. ``home``: which of Tibber's homes.
    ``with_vat``: which of two prices is taken (Tibber, Octopus), or what is told (JSON).
    ``step_min``: 15 or 60 where a source offers both (ENTSO-E, Tibber); 0: the finest.
    ``holds_min``: for how long a price "for now" may be used.
    A ``signal`` is one number at ``paths.price``, no price: solar surplus, a grid tariff's number.
    ``time_zone``: of times told without offset, and of the days.
    """

    kind: SpotKind
    time_zone: str
    currency: str = ""
    area: str = ""
    product: str = ""
    home: str = ""
    step_min: int = 0
    with_vat: bool = False
    url: str = ""
    paths: JsonPaths = field(default_factory=JsonPaths)
    holds_min: int = 15


@dataclass(frozen=True, slots=True)
class SpotSourceDraft:
    """As entered. A secret that is left out stays as it was; an empty one is forgotten.

    ``secrets``: ``token`` (ENTSO-E, Tibber); ``query`` (the end of a URL, like ``key=…``) and
    ``header:<name>`` (JSON).
    """

    name: str
    settings: SpotSourceSettings
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class KeptSpotSource:
    """One that is kept. With each change the version grows, and its prices are asked anew."""

    id: str
    version: int
    name: str
    settings: SpotSourceSettings
    created_at: datetime
    sealed_secrets: bytes = b""
    secret_names: tuple[str, ...] = ()

    @property
    def prices_id(self) -> str:
        """What its prices are kept under."""
        return f"{self.id}.{self.version}"


def spot_sources(tables: Tables) -> Rows[KeptSpotSource]:
    """An owner's price sources."""
    return Rows(tables, KeptSpotSource, "SPOT", "price source")
