"""Charging profiles: how much power the central system allows, and when."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start_s`` on, so much is allowed; in watts or amperes as the schedule says."""

    start_s: int
    limit: Decimal


@dataclass(frozen=True, slots=True)
class ChargingProfile:
    """The parts of a charging profile that this charger honours."""

    id: int
    purpose: str
    stack_level: int
    unit: str
    periods: tuple[Period, ...]
    starts_at: datetime | None = None
    """None: with the transaction."""

    transaction_id: int | None = None
    duration_s: int | None = None

    def anchored(self, started_at: datetime) -> "ChargingProfile":
        """The profile with its clock started, unless it named its own start."""
        return self if self.starts_at else replace(self, starts_at=started_at)

    def limit_w(self, moment: datetime, *, voltage_v: int, phases: int) -> int | None:
        """The power allowed at a moment; None where the profile says nothing."""
        if self.starts_at is None:
            return None
        elapsed_s = (moment - self.starts_at).total_seconds()
        if self.duration_s is not None and elapsed_s >= self.duration_s:
            return None
        begun = [period for period in self.periods if period.start_s <= elapsed_s]
        if not begun:
            return None
        limit = begun[-1].limit
        return int(limit if self.unit == "W" else limit * voltage_v * phases)


def read_profile(raw: dict[str, Any]) -> ChargingProfile:
    """A profile from the wire, its keys already in snake case."""
    schedule = raw["charging_schedule"]
    periods = sorted(schedule["charging_schedule_period"], key=lambda item: item["start_period"])
    starts_at = schedule.get("start_schedule")
    return ChargingProfile(
        id=raw["charging_profile_id"],
        purpose=str(raw["charging_profile_purpose"]),
        stack_level=raw["stack_level"],
        unit=str(schedule["charging_rate_unit"]),
        periods=tuple(
            Period(item["start_period"], Decimal(str(item["limit"]))) for item in periods
        ),
        starts_at=datetime.fromisoformat(starts_at) if starts_at else None,
        transaction_id=raw.get("transaction_id"),
        duration_s=schedule.get("duration"),
    )


def allowed_w(
    profiles: list[ChargingProfile], moment: datetime, *, voltage_v: int, phases: int
) -> int | None:
    """What the profiles together allow: the transaction's own before the default, higher first."""
    order = sorted(
        profiles, key=lambda profile: (profile.purpose != "TxProfile", -profile.stack_level)
    )
    for profile in order:
        limit = profile.limit_w(moment, voltage_v=voltage_v, phases=phases)
        if limit is not None:
            return limit
    return None
