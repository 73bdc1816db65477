"""How long answers took: counted in buckets, so that a million cost no more than a thousand."""

import math
from collections import Counter
from dataclasses import dataclass, field

BUCKETS_PER_DOUBLING = 16
"""Each bucket is 4.4 % wider than the one below it."""


@dataclass(slots=True)
class Histogram:
    """Durations of one kind."""

    count: int = 0
    slowest_ms: float = 0.0
    buckets: Counter[int] = field(default_factory=Counter)

    def add(self, seconds: float) -> None:
        """One more."""
        taken_ms = seconds * 1000
        self.count += 1
        self.slowest_ms = max(self.slowest_ms, taken_ms)
        self.buckets[math.ceil(math.log2(max(taken_ms, 1e-3)) * BUCKETS_PER_DOUBLING)] += 1

    def merge(self, other: "Histogram") -> None:
        """Those of another, too."""
        self.count += other.count
        self.slowest_ms = max(self.slowest_ms, other.slowest_ms)
        self.buckets.update(other.buckets)

    def quantile_ms(self, share: float) -> float:
        """So many milliseconds were enough for this share of them; 0 without any."""
        left = math.ceil(share * self.count)
        for bucket in sorted(self.buckets):
            left -= self.buckets[bucket]
            if left <= 0:
                return float(min(2 ** (bucket / BUCKETS_PER_DOUBLING), self.slowest_ms))
        return self.slowest_ms


@dataclass(slots=True)
class Times:
    """Answer times by action."""

    by_action: dict[str, Histogram] = field(default_factory=dict)

    def add(self, action: str, seconds: float) -> None:
        """One more."""
        histogram = self.by_action.get(action)
        if histogram is None:
            histogram = self.by_action[action] = Histogram()
        histogram.add(seconds)

    def merge(self, other: "Times") -> None:
        """Those of another, too."""
        for action, histogram in other.by_action.items():
            self.by_action.setdefault(action, Histogram()).merge(histogram)

    @property
    def total(self) -> Histogram:
        """Over all actions."""
        total = Histogram()
        for histogram in self.by_action.values():
            total.merge(histogram)
        return total
