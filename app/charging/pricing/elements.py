"""A tariff's elements in OCPI's language: what is priced, and when (OCPI 2.2.1 §11.4).

One thing is ours: an element may hold for a span of absolute time (``begins``, ``ends``), as the
slots of a price curve do.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum


class Dimension(StrEnum):
    """What is priced (OCPI 2.2.1 §11.4.5, TariffDimensionType)."""

    ENERGY = "ENERGY"
    """Per kWh."""
    TIME = "TIME"
    """Per hour of charging, or of a reservation."""
    PARKING_TIME = "PARKING_TIME"
    """Per hour of being plugged in without charging."""
    FLAT = "FLAT"
    """Once a session."""


class DayOfWeek(StrEnum):
    """OCPI 2.2.1 §11.4.1; in order, Monday first."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


WEEK = tuple(DayOfWeek)


class Reservation(StrEnum):
    """What a reservation costs, used or not (OCPI 2.2.1 §11.4.3)."""

    RESERVATION = "RESERVATION"
    RESERVATION_EXPIRES = "RESERVATION_EXPIRES"


@dataclass(frozen=True, slots=True)
class PriceComponent:
    """The price of one dimension (OCPI 2.2.1 §11.4.2).

    ``price`` is per kWh, per hour, or once; ``vat`` in percent, None where none applies;
    ``step_size`` in Wh or seconds, 0 and 1 meaning that what was measured is billed.
    """

    type: Dimension
    price: Decimal
    vat: Decimal | None = None
    step_size: int = 1


@dataclass(frozen=True, slots=True)
class Restrictions:
    """When an element holds: all that is set must match (OCPI 2.2.1 §11.4.6).

    Times and dates are the location's own; minima are inclusive, maxima exclusive; an end before
    its start wraps midnight. Energy in kWh, current in A over all phases, power in kW, duration in
    seconds since the session began.
    """

    start_time: time | None = None
    end_time: time | None = None
    start_date: date | None = None
    end_date: date | None = None
    min_kwh: Decimal | None = None
    max_kwh: Decimal | None = None
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    min_power: Decimal | None = None
    max_power: Decimal | None = None
    min_duration: int | None = None
    max_duration: int | None = None
    day_of_week: tuple[DayOfWeek, ...] = ()
    reservation: Reservation | None = None
    begins: datetime | None = None
    ends: datetime | None = None


ALWAYS = Restrictions()


@dataclass(frozen=True, slots=True)
class TariffElement:
    """Price components that hold under the same restrictions (OCPI 2.2.1 §11.4.4)."""

    price_components: tuple[PriceComponent, ...]
    restrictions: Restrictions = ALWAYS
