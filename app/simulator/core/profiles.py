"""Charging profiles: how much power the central system allows, and when (OCPP 1.6 §3.13)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

RECURS_S = {"Daily": 86_400, "Weekly": 604_800}
TX_PURPOSES = ("TxProfile", "TxDefaultProfile")
"""The transaction's own goes before the default."""

Limit = Callable[[datetime], int | None]


@dataclass(frozen=True, slots=True)
class Circuit:
    """What turns amperes into watts."""

    voltage_v: int = 230
    phases: int = 3


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start_s`` on, so much is allowed; in watts or amperes as the schedule says."""

    start_s: int
    limit: Decimal
    phases: int | None = None


@dataclass(frozen=True, slots=True)
class ChargingProfile:
    """A charging profile with one schedule."""

    id: int
    purpose: str
    stack_level: int
    unit: str
    periods: tuple[Period, ...]
    kind: str = "Absolute"
    recurrency: str | None = None
    starts_at: datetime | None = None
    """None: with the transaction."""

    transaction_id: int | str | None = None
    duration_s: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    wire: dict[str, Any] = field(default_factory=dict)
    """As it came, to be shown when it is asked for."""

    def limit_w(self, moment: datetime, began_at: datetime | None, circuit: Circuit) -> int | None:
        """The power allowed at a moment; None where the profile says nothing."""
        elapsed_s = self._elapsed_s(moment, began_at)
        if elapsed_s is None:
            return None
        begun = [period for period in self.periods if period.start_s <= elapsed_s]
        if not begun:
            return None
        period = begun[-1]
        if self.unit == "W":
            return int(period.limit)
        return int(period.limit * circuit.voltage_v * (period.phases or circuit.phases))

    def changes(self, start: datetime, end: datetime, began_at: datetime | None) -> set[datetime]:
        """The moments in between at which it may allow something else."""
        edges = {moment for moment in (self.valid_from, self.valid_to) if moment}
        steps = [period.start_s for period in self.periods]
        if self.duration_s is not None:
            steps.append(self.duration_s)
        for anchor in self._anchors(start, end, began_at):
            edges.update(anchor + timedelta(seconds=step) for step in steps)
        return {edge for edge in edges if start < edge < end}

    def _anchors(
        self, start: datetime, end: datetime, began_at: datetime | None
    ) -> Iterator[datetime]:
        anchor = self._anchor(began_at)
        if anchor is None:
            return
        every = RECURS_S.get(self.recurrency or "") if self.kind == "Recurring" else None
        if every is None:
            yield anchor
            return
        passed = int((start - anchor).total_seconds() // every)
        anchor += timedelta(seconds=passed * every)
        while anchor < end:
            yield anchor
            anchor += timedelta(seconds=every)

    def _anchor(self, began_at: datetime | None) -> datetime | None:
        if self.kind == "Relative":
            return began_at
        return self.starts_at or began_at

    def _elapsed_s(self, moment: datetime, began_at: datetime | None) -> float | None:
        if self.valid_from and moment < self.valid_from:
            return None
        if self.valid_to and moment >= self.valid_to:
            return None
        anchor = self._anchor(began_at)
        if anchor is None:
            return None
        elapsed_s = (moment - anchor).total_seconds()
        if self.kind == "Recurring" and self.recurrency in RECURS_S:
            elapsed_s %= RECURS_S[self.recurrency]
        over = self.duration_s is not None and elapsed_s >= self.duration_s
        return None if over or elapsed_s < 0 else elapsed_s


def read_profile(
    raw: dict[str, Any], *, id_key: str, schedule: dict[str, Any], transaction_id: int | str | None
) -> ChargingProfile:
    """A profile from the wire; the versions differ in where its parts are found."""
    periods = sorted(schedule["chargingSchedulePeriod"], key=lambda item: item["startPeriod"])
    return ChargingProfile(
        id=raw[id_key],
        purpose=raw["chargingProfilePurpose"],
        stack_level=raw["stackLevel"],
        kind=raw["chargingProfileKind"],
        recurrency=raw.get("recurrencyKind"),
        unit=schedule["chargingRateUnit"],
        periods=tuple(
            Period(item["startPeriod"], Decimal(str(item["limit"])), item.get("numberPhases"))
            for item in periods
        ),
        starts_at=_moment(schedule.get("startSchedule")),
        transaction_id=transaction_id,
        duration_s=schedule.get("duration"),
        valid_from=_moment(raw.get("validFrom")),
        valid_to=_moment(raw.get("validTo")),
        wire=raw,
    )


def allowed_w(
    profiles: Iterable[ChargingProfile],
    moment: datetime,
    began_at: datetime | None,
    circuit: Circuit,
) -> int | None:
    """What a connector's profiles allow: by purpose, then the highest level that speaks."""
    known = sorted(profiles, key=lambda profile: -profile.stack_level)
    for purpose in TX_PURPOSES:
        for profile in known:
            if profile.purpose == purpose:
                limit = profile.limit_w(moment, began_at, circuit)
                if limit is not None:
                    return limit
    return None


def ceiling_w(
    profiles: Iterable[ChargingProfile], moment: datetime, circuit: Circuit
) -> int | None:
    """What the profiles for the whole charger allow: the lowest over the purposes."""
    limits: dict[str, int] = {}
    for profile in sorted(profiles, key=lambda profile: -profile.stack_level):
        limit = profile.limit_w(moment, profile.starts_at, circuit)
        if limit is not None:
            limits.setdefault(profile.purpose, limit)
    return min(limits.values(), default=None)


def composite(
    limit_at: Limit, edges: Iterable[datetime], start: datetime
) -> list[tuple[int, int | None]]:
    """The steps of a composite schedule: (seconds after its start, watts), equal ones merged."""
    steps: list[tuple[int, int | None]] = []
    for moment in sorted({start, *edges}):
        limit = limit_at(moment)
        if not steps or steps[-1][1] != limit:
            steps.append((int((moment - start).total_seconds()), limit))
    return steps


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.astimezone()
