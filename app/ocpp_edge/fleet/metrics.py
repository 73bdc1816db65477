"""What an edge instance counts, cheaply enough for every frame. No tenants, no charge points."""

from bisect import bisect_left
from collections import Counter

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Histogram:
    """How often a duration was at most so long."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...] = SECONDS) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """One more."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Metrics:
    """Counters by what they are broken down by; the plain ones are in ``counters``."""

    __slots__ = (
        "answers",
        "app_failures",
        "app_requests",
        "calls",
        "commands",
        "connects",
        "counters",
        "drops",
        "lag",
        "refused",
        "turned_away",
    )

    def __init__(self, counters: Counter[str] | None = None) -> None:
        self.counters: Counter[str] = Counter() if counters is None else counters
        """frames, malformed_frames, soft_errors, hard_errors, …"""
        self.calls: Counter[str] = Counter()
        """By action: what charge points said and was taken."""
        self.refused: Counter[str] = Counter()
        """By error code: what was answered with a CallError."""
        self.answers = Histogram()
        """Seconds until a charge point had its answer, where the app was asked first."""
        self.commands: Counter[tuple[str, str]] = Counter()
        """By origin (start, stop, owner) and outcome."""
        self.connects: Counter[str] = Counter()
        """By protocol: let in."""
        self.turned_away: Counter[int] = Counter()
        """By HTTP status: not let in."""
        self.drops: Counter[str] = Counter()
        """By reason."""
        self.lag = Histogram()
        """Seconds that the event loop was late."""
        self.app_requests: dict[str, Histogram] = {}
        """By route: seconds until the app answered."""
        self.app_failures: Counter[str] = Counter()

    def app_answered(self, route: str, seconds: float) -> None:
        """A request to the app is over."""
        histogram = self.app_requests.get(route)
        if histogram is None:
            histogram = self.app_requests[route] = Histogram()
        histogram.add(seconds)
