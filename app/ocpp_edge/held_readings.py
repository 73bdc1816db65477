"""Readings of one charge point, held a meter at a time until the app wants the next bundle."""

from collections import Counter
from collections.abc import Iterator

from app.edge_messages import Reading, Readings, SignedReading

MAX_METERS = 16
MAX_READINGS = 30
MAX_SIGNED = 50

MeterKey = tuple[int, int | None]
"""Connector and transaction."""


def key_of(said: Readings) -> MeterKey:
    """Whose readings they are."""
    return (said.connector, said.transaction_id)


def thin(readings: list[Reading], counters: Counter[str]) -> None:
    """Make room without losing the first or the last; what goes is counted."""
    before = len(readings)
    while len(readings) > MAX_READINGS:
        del readings[-2:0:-2]
    if len(readings) < before:
        counters["readings_thinned"] += before - len(readings)


def newest_signed(
    readings: tuple[SignedReading, ...] | list[SignedReading], counters: Counter[str]
) -> list[SignedReading]:
    """As many as are kept; what goes is counted."""
    if len(readings) > MAX_SIGNED:
        counters["signed_readings_dropped"] += len(readings) - MAX_SIGNED
    return list(readings[-MAX_SIGNED:])


class Meter:
    """Readings of one transaction, or of a connector without one."""

    __slots__ = ("due", "readings", "signed")

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.signed: list[SignedReading] = []
        self.due = 0.0
        """When the next bundle is wanted; the first at once."""

    def take(self, key: MeterKey) -> Readings:
        """The bundle; what comes next is held anew."""
        readings, self.readings = self.readings, []
        signed, self.signed = self.signed, []
        return Readings(*key, tuple(readings), tuple(signed))

    @property
    def holds_any(self) -> bool:
        """Whether there is something to send."""
        return bool(self.readings or self.signed)


class HeldReadings:
    """The meters of one charge point; few are kept, and few readings of each."""

    __slots__ = ("_meters",)

    def __init__(self) -> None:
        self._meters: dict[MeterKey, Meter] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is held."""
        return not any(meter.holds_any for meter in self._meters.values())

    def add(self, said: Readings, counters: Counter[str]) -> Iterator[Readings]:
        """Hold readings. Gives the bundles of older meters that must go for a new one."""
        key = key_of(said)
        meter = self._meters.get(key)
        if meter is None:
            if len(self._meters) >= MAX_METERS:
                yield from tuple(self.take_all())
                self._meters.clear()
            meter = self._meters[key] = Meter()
        meter.readings.extend(said.readings)
        thin(meter.readings, counters)
        if said.signed:  # documents: they do not lie about
            meter.signed = newest_signed([*meter.signed, *said.signed], counters)
            meter.due = 0.0

    def next_wanted(self, key: MeterKey, at: float) -> None:
        """When the app wants the next bundle of a meter."""
        meter = self._meters.get(key)
        if meter is not None:
            meter.due = at

    def all_wanted(self) -> None:
        """Every meter's next bundle is wanted now."""
        for meter in self._meters.values():
            meter.due = 0.0

    def take_due(self, now: float, *, but: MeterKey | None) -> Iterator[Readings]:
        """The bundles that are due; not of the meter ``but``, whose last is under way."""
        for key, meter in self._meters.items():
            if meter.holds_any and meter.due <= now and key != but:
                yield meter.take(key)

    def next_due(self, *, but: MeterKey | None) -> float | None:
        """When the next bundle is due."""
        return min(
            (meter.due for key, meter in self._meters.items() if meter.holds_any and key != but),
            default=None,
        )

    def take_all(self) -> Iterator[Readings]:
        """Every bundle, due or not."""
        for key, meter in self._meters.items():
            if meter.holds_any:
                yield meter.take(key)
