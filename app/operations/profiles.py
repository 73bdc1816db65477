"""Smart charging: profiles, and what all of them allow together."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.operations.fields import ConnectorNumber, Whole

MOST_WATTS = 10_000_000


def require_sane(limit: Decimal) -> None:
    """A power or a current that a charge point could be told; raises `ValueError`."""
    if not limit.is_finite() or not 0 <= limit <= MOST_WATTS:
        raise ValueError(f"a limit is a number from 0 to {MOST_WATTS:,}")


class SchedulePeriod(Struct, frozen=True):
    """From this second of the schedule on, at most so much (OCPP 1.6 §7.14)."""

    start_s: Whole
    limit: Decimal
    phases: Annotated[int, Meta(ge=1, le=3)] | None = None

    def __post_init__(self) -> None:
        require_sane(self.limit)


class ChargingSchedule(Struct, frozen=True):
    """OCPP 1.6 §7.13. ``limit`` of the periods is in ``unit``: watt or ampere per phase."""

    unit: Literal["W", "A"]
    periods: Annotated[tuple[SchedulePeriod, ...], Meta(min_length=1, max_length=1024)]
    duration_s: Whole | None = None
    starts_at: datetime | None = None
    min_charging_rate: Decimal | None = None

    def __post_init__(self) -> None:
        if self.min_charging_rate is not None:
            require_sane(self.min_charging_rate)


ProfilePurpose = Literal["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"]


class ChargingProfile(Struct, frozen=True):
    """OCPP 1.6 §7.8."""

    id: Whole
    stack_level: Annotated[int, Meta(ge=0, le=1000)]
    purpose: ProfilePurpose
    kind: Literal["Absolute", "Recurring", "Relative"]
    schedule: ChargingSchedule
    recurrency: Literal["Daily", "Weekly"] | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction_id: int | None = None
    reference: str = ""
    """The transaction's name in 2.0.1."""


class SetChargingProfile(Struct, frozen=True, tag="set_charging_profile"):
    """Limit what may flow (OCPP 1.6 §5.16)."""

    connector: ConnectorNumber
    profile: ChargingProfile


class ClearChargingProfile(Struct, frozen=True, tag="clear_charging_profile"):
    """Remove the profiles that match all that is given (OCPP 1.6 §5.5)."""

    profile_id: Whole | None = None
    connector: ConnectorNumber | None = None
    purpose: ProfilePurpose | None = None
    stack_level: Annotated[int, Meta(ge=0, le=1000)] | None = None


class GetCompositeSchedule(Struct, frozen=True, tag="get_composite_schedule"):
    """What all profiles together allow (OCPP 1.6 §5.7)."""

    connector: ConnectorNumber
    duration_s: Annotated[int, Meta(ge=1, le=7 * 86_400)]
    unit: Literal["W", "A"] | None = None


class GetChargingProfiles(Struct, frozen=True, tag="get_charging_profiles"):
    """Which profiles it has (OCPP 2.0.1 K09)."""

    request_id: Whole
    connector: ConnectorNumber | None = None
