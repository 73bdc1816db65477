"""What an edge instance counts, cheaply enough for every frame. No tenants, no charge points."""

from collections import Counter

from app.telemetry.histogram import Histogram


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
