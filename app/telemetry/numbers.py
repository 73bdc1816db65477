"""What a process of the app counts, for Prometheus and CloudWatch. No tenant, nobody by name.

Plain attributes: whoever counts pays an addition. What would have to be looked for in the table is
counted where it is read anyway: what is overdue at each sweep, what is owed at each look at every
owner's wallet.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.telemetry.exposition import Labels, Text
from app.telemetry.histogram import Histogram

PREFIX = "strom_"


@dataclass(slots=True)
class Owed:
    """Open sessions and the money in them, as a look at all of them found it."""

    sessions: Counter[str] = field(default_factory=Counter)
    """By phase."""
    prepaid_msat: int = 0
    """Paid, and not used up so far by a charge that goes on."""
    claimable_msat: int = 0
    """Left over after a charge, and not claimed so far."""
    paying_msat: int = 0
    """Claimed, and not yet known to be paid."""
    claimable: int = 0
    """How many sessions wait to be claimed."""
    paying: int = 0
    """How many refunds are under way, or in doubt."""
    oldest_paying_s: float = 0.0
    """For how long the oldest of these has been."""
    oldest_claimable_s: float = 0.0


@dataclass(slots=True)
class Swept:
    """What a sweep has found: how much was due, for how long the oldest; how long it took."""

    count: int = 0
    oldest_s: float = 0.0
    took_s: float = 0.0

    def found(self, late_ms: Sequence[int]) -> None:
        """What one shard had, and how late each was."""
        self.count += len(late_ms)
        self.oldest_s = max(self.oldest_s, max(late_ms, default=0) / 1000)


class Numbers:
    """See the module."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self.requests: dict[tuple[str, str], Histogram] = {}
        """By surface and class of status (``2xx``)."""
        self.effects: Counter[tuple[str, str]] = Counter()
        """Attempts at what is owed, by its kind and what came of it: done, again, failed."""
        self.refunds: Counter[str] = Counter()
        """By outcome: paid, failed, in doubt."""
        self.phases: Counter[str] = Counter()
        """Sessions that have entered a phase."""
        self.table_seconds = Histogram()
        self.table_errors: Counter[str] = Counter()
        self.waiting: Callable[[], int] | None = None
        """How much waits in this process to be performed."""
        self.sweeping = Swept()
        """Where a sweep adds up, until `sweep_over`."""
        self.swept: Swept | None = None
        self._swept_at = self._now_s()
        self.owed: Owed | None = None
        self._owed_at = 0.0
        self.counting = Owed()
        """Where a look at all sessions adds up, until `count_over`."""

    def answered(self, surface: str, status: int, seconds: float) -> None:
        """An HTTP request is over."""
        key = (surface, f"{status // 100}xx")
        histogram = self.requests.get(key)
        if histogram is None:
            histogram = self.requests[key] = Histogram()
        histogram.add(seconds)

    @contextmanager
    def table_call(self) -> Iterator[None]:
        """A call to the table; what it raises is counted by its kind."""
        began = self._now_s()
        try:
            yield
        except Exception as error:
            self.table_errors[type(error).__name__] += 1
            raise
        finally:
            self.table_seconds.add(self._now_s() - began)

    def sweep_over(self, took_s: float) -> Swept:
        """A sweep has looked at everything."""
        swept, self.sweeping = self.sweeping, Swept()
        swept.took_s = took_s
        self.swept, self._swept_at = swept, self._now_s()
        return swept

    def count_over(self) -> Owed:
        """A look at all sessions has seen everything."""
        self.owed, self._owed_at, self.counting = self.counting, self._now_s(), Owed()
        return self.owed

    def report(self) -> str:
        """Everything as text that Prometheus reads."""
        text = Text(PREFIX)
        self._money(text)
        self._work(text)
        self._around(text)
        return str(text)

    def _money(self, text: Text) -> None:
        owed = self.owed
        if owed is not None:
            phases = [({"phase": each}, count) for each, count in sorted(owed.sessions.items())]
            text.gauge("sessions_open", "Sessions in which something is owed.", phases)
            kinds = {
                "prepaid": owed.prepaid_msat,
                "claimable": owed.claimable_msat,
                "paying": owed.paying_msat,
            }
            text.gauge("owed_msat", "Money of drivers.", _by("state", kinds))
            ages = {"claimable": owed.oldest_claimable_s, "paying": owed.oldest_paying_s}
            text.gauge("owed_oldest_seconds", "The oldest of it.", _by("state", ages))
            counts = {"claimable": owed.claimable, "paying": owed.paying}
            text.gauge("owed_sessions", "In how many sessions.", _by("state", counts))
            age_s = round(self._now_s() - self._owed_at, 1)
            text.gauge("owed_counted_seconds", "How long ago this was counted.", _one(age_s))
        text.counter("sessions", "Sessions that entered a phase.", _by("phase", self.phases))
        text.counter("refunds", "Payouts, by outcome.", _by("outcome", self.refunds))

    def _work(self, text: Text) -> None:
        effects = [
            ({"effect": kind, "outcome": outcome}, count)
            for (kind, outcome), count in sorted(self.effects.items())
        ]
        text.counter("effects", "Attempts at what is owed.", effects)
        if self.waiting is not None:
            text.gauge("perform_queue", "What waits to be performed.", _one(self.waiting()))
        swept = self.swept
        if swept is not None:
            text.gauge("overdue", "What the last sweep found due.", _one(swept.count))
            oldest_s = round(swept.oldest_s, 3)
            text.gauge("overdue_oldest_seconds", "The oldest of it.", _one(oldest_s))
            text.gauge(
                "sweep_seconds", "How long the last sweep took.", _one(round(swept.took_s, 3))
            )
            age_s = round(self._now_s() - self._swept_at, 1)
            text.gauge("sweep_age_seconds", "How long ago that was.", _one(age_s))

    def _around(self, text: Text) -> None:
        requests = [
            ({"surface": surface, "status": status}, histogram)
            for (surface, status), histogram in sorted(self.requests.items())
        ]
        text.histogram("http_request_seconds", "Until a request was answered.", requests)
        text.histogram("table_seconds", "Until the table answered.", [({}, self.table_seconds)])
        text.counter(
            "table_errors", "What the table refused or lost.", _by("kind", self.table_errors)
        )


def _by(label: str, values: dict[str, int] | dict[str, float]) -> list[tuple[Labels, float]]:
    return [({label: name}, value) for name, value in sorted(values.items())]


def _one(value: float) -> list[tuple[Labels, float]]:
    return [({}, value)]
