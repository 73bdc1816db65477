"""Tariffs and price sources as the API takes and gives them. Elements are OCPI 2.2.1's (§11.4)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from app.charging.pricing import DayOfWeek, Dimension, Reservation
from app.charging.pricing.tariff import GRACE_S
from app.portal.api.schemas import Line, OptionalLine, PriceCurrency

Moment = Annotated[datetime, Meta(tz=True)]
TimeOfDay = Annotated[
    str, Meta(pattern="^([0-1][0-9]|2[0-3]):[0-5][0-9]$", description="Of the location's clock")
]
Percent = Annotated[Decimal, Meta(description="In percent, like 19")]
Price = Annotated[
    Decimal, Meta(description="In the tariff's currency; with VAT where its prices include VAT")
]


class PriceComponentIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What one dimension costs (OCPI 2.2.1 §11.4.2)."""

    type: Dimension
    price: Annotated[Decimal, Meta(description="Per kWh, per hour, or once (FLAT)")]
    vat: Annotated[Decimal | None, Meta(description="In percent; else the tariff's")] = None
    step_size: Annotated[int, Meta(ge=0, description="In Wh or seconds")] = 1


class RestrictionsIn(Struct, frozen=True, forbid_unknown_fields=True):
    """When an element holds; all that is set must match (OCPI 2.2.1 §11.4.6)."""

    start_time: TimeOfDay | None = None
    end_time: TimeOfDay | None = None
    start_date: date | None = None
    end_date: date | None = None
    min_kwh: Decimal | None = None
    max_kwh: Decimal | None = None
    min_current: Annotated[Decimal | None, Meta(description="Not measured here: refused")] = None
    max_current: Annotated[Decimal | None, Meta(description="Not measured here: refused")] = None
    min_power: Annotated[Decimal | None, Meta(description="In kW")] = None
    max_power: Annotated[Decimal | None, Meta(description="In kW")] = None
    min_duration: Annotated[int | None, Meta(description="In seconds")] = None
    max_duration: Annotated[int | None, Meta(description="In seconds")] = None
    day_of_week: list[DayOfWeek] = []
    reservation: Reservation | None = None


class TariffElementIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Prices that hold under the same restrictions (OCPI 2.2.1 §11.4.4)."""

    price_components: list[PriceComponentIn]
    restrictions: RestrictionsIn | None = None


class SpotIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Price of a kWh = the source's price × factor + adder, within floor and ceiling.

    All of them are prices of the tariff: with VAT where its prices include VAT. The source's price
    is first made such a price.
    """

    source_id: str
    fallback: Annotated[Decimal, Meta(description="Per kWh, while the source is silent")]
    factor: Decimal = Decimal(1)
    adder: Annotated[Decimal, Meta(description="Per kWh; may be below 0")] = Decimal(0)
    floor: Annotated[Decimal, Meta(description="Per kWh, at least 0")] = Decimal(0)
    ceiling: Decimal | None = None


class SignalStepIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What a kWh costs while the signal is at or above a value."""

    at_least: Decimal
    price: Decimal
    limit_a: Annotated[
        int | None, Meta(description="The most current per phase then, in A, at least 6")
    ] = None


class SignalIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Below the lowest step, later, and while it is silent, the tariff's own price holds."""

    source_id: Annotated[str, Meta(description="A price source of the kind `signal`")]
    steps: list[SignalStepIn]
    holds_min: Annotated[int, Meta(description="How long its price holds, once quoted")] = 60


class TariffIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A price: `price_per_kwh` and `start_fee`, or `elements`, or `spot` (and `elements` beside).

    For each dimension the first element that has it and holds is the price (OCPI 2.2.1 §11.3).
    """

    name: Line
    currency: PriceCurrency
    price_per_kwh: Price | None = None
    start_fee: Price = Decimal(0)
    elements: list[TariffElementIn] = []
    spot: SpotIn | None = None
    signal: SignalIn | None = None
    tax_included: Annotated[bool, Meta(description="Whether prices include VAT")] = True
    vat: Annotated[
        Decimal | None, Meta(description="In percent, of every price without its own")
    ] = None
    min_price: Annotated[Decimal | None, Meta(description="The least a charge costs")] = None
    max_price: Annotated[Decimal | None, Meta(description="The most a charge costs")] = None
    grace_s: Annotated[
        int, Meta(description="How long a car may stand before PARKING_TIME is counted")
    ] = GRACE_S
    free: Annotated[bool, Meta(description="That something costs nothing is meant")] = False
    starts_at: Annotated[Moment | None, Meta(description="From then on; empty: at once")] = None
    is_draft: Annotated[bool, Meta(description="Keep it as the draft; it never begins")] = False


class SpotOut(Struct, frozen=True):
    """How the price of a kWh follows a source."""

    source_id: str
    fallback: Decimal
    factor: Decimal
    adder: Decimal
    floor: Decimal
    ceiling: Decimal | None


class TariffVersionOut(Struct, frozen=True):
    """One version; it never changes once it is published."""

    version: int
    name: str
    currency: str
    price_per_kwh: Annotated[Decimal, Meta(description="Where nothing restricts it")]
    start_fee: Decimal
    elements: list[dict[str, Any]]
    spot: SpotOut | None
    signal: SignalIn | None
    tax_included: bool
    vat: Decimal | None
    min_price: Decimal | None
    max_price: Decimal | None
    grace_s: int
    free: bool
    created_at: datetime
    starts_at: Annotated[datetime | None, Meta(description="Empty: a draft")]


class PlannedOut(Struct, frozen=True):
    """A version that is still to begin."""

    version: int
    starts_at: datetime


class TariffOut(TariffVersionOut, frozen=True):
    """A tariff as it is: the version in force, else the next, else the draft."""

    id: str
    state: Literal["in_force", "planned", "draft"]
    planned: list[PlannedOut]
    draft: Annotated[int, Meta(description="The draft's version; 0: none")]


class StartIn(Struct, frozen=True, forbid_unknown_fields=True):
    """From when on a draft shall hold."""

    starts_at: Annotated[Moment | None, Meta(description="Empty: at once")] = None


class UsualIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What is priced by that has no tariff of its own."""

    tariff_id: Annotated[str, Meta(description="Empty: none")]


class ExampleIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A charge that nobody has made."""

    energy_wh: int = 20_000
    power_w: int = 11_000
    begins_at: Annotated[Moment | None, Meta(description="Empty: now")] = None
    standing_s: Annotated[int, Meta(description="How long the car stands afterwards")] = 0
    time_zone: Annotated[str, Meta(description="Where it is; IANA name")] = "UTC"


class PreviewIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A tariff that is not kept, and a charge to price by it."""

    tariff: TariffIn
    example: ExampleIn = ExampleIn()


class PriceStepOut(Struct, frozen=True):
    """What a kWh costs from one moment up to another."""

    begins: datetime
    ends: datetime
    price: Decimal


class ItemOut(Struct, frozen=True):
    """So much at one price. `quantity` in kWh, hours, or times."""

    type: Dimension
    price: Decimal
    vat: Decimal | None
    quantity: Decimal
    incl_vat: Decimal
    is_step: Annotated[bool, Meta(description="Billed beyond what was counted")]


class PreviewOut(Struct, frozen=True):
    """A week of prices, and what the example costs. Amounts to a hundredth of the smallest unit."""

    currency: str
    week: list[PriceStepOut]
    items: list[ItemOut]
    bound: Annotated[Decimal, Meta(description="What the least or the most changes, with VAT")]
    excl_vat: Decimal
    incl_vat: Decimal


# --- Price sources ---------------------------------------------------------------------------


class JsonPathsIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Where in a JSON answer the prices stand: JMESPath. Without `time` it is a price for now."""

    price: OptionalLine = ""
    slots: OptionalLine = ""
    time: OptionalLine = ""
    end: OptionalLine = ""
    factor: Annotated[Decimal, Meta(description="Makes it a price of a kWh: 0.001 for MWh")] = (
        Decimal(1)
    )


class PriceSourceSettingsIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Which fields count depends on the kind."""

    kind: Literal["entsoe", "awattar", "energy_charts", "tibber", "octopus", "json", "signal"]
    time_zone: str
    currency: Annotated[str, Meta(max_length=3)] = ""
    area: Annotated[OptionalLine, Meta(description="EIC, country, bidding zone or region")] = ""
    product: Annotated[OptionalLine, Meta(description="Octopus' product code")] = ""
    home: Annotated[OptionalLine, Meta(description="Which of Tibber's homes")] = ""
    step_min: Annotated[int, Meta(description="15 or 60; 0: the finest")] = 0
    with_vat: bool = False
    url: Annotated[str, Meta(max_length=2000)] = ""
    paths: JsonPathsIn = JsonPathsIn()
    holds_min: Annotated[int, Meta(description="How long a price for now may be used")] = 15


class PriceSourceIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A price source. A secret that is left out stays as it was; an empty one is forgotten."""

    name: Line
    settings: PriceSourceSettingsIn
    secrets: Annotated[
        dict[str, str],
        Meta(description="`token` (ENTSO-E, Tibber); `query`, `header:<name>` (JSON)"),
    ] = {}


class PriceSourceOut(Struct, frozen=True):
    """A price source, without what is secret of it."""

    id: str
    version: int
    name: str
    settings: PriceSourceSettingsIn
    secret_names: list[str]
    created_at: datetime


class TriedOut(Struct, frozen=True):
    """What a source answers. `notes`: what was corrected by rule."""

    currency: str
    source: str
    fetched_at: datetime
    with_vat: bool
    slots: list[PriceStepOut]
    notes: list[str]


class KnownPricesOut(Struct, frozen=True):
    """What a source last told."""

    slots: list[PriceStepOut]
    doubted: Annotated[list[str], Meta(description="Days that are not believed so far")]
    asked_at: datetime | None
    problem: str
    notes: list[str]
