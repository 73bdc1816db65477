"""How one connection does: what is counted while it lasts, and told to the app now and then.

Totals since the connection was made, so that a report that is lost costs nothing: the next says
all. New kinds of trouble are told within minutes, growing numbers by the hour, health every few
hours; a charge point that connects again and again is not told of anew each time.
"""

from collections import OrderedDict
from datetime import UTC, datetime

from app.edge_messages import Observed
from app.ocpp_edge.settings import EdgeSettings
from app.telemetry.histogram import Histogram

MOST_KINDS = 20
LONGEST_KIND = 80
MOST_REMEMBERED = 20_000

Name = tuple[str, str]
"""Tenant and charge point."""


class Quality:
    """The numbers of one connection. Moments are seconds since 1970."""

    __slots__ = (
        "_answers",
        "_oddities",
        "_slowest_s",
        "frames",
        "malformed",
        "refused",
        "since",
        "timeouts",
    )

    def __init__(self, since: float) -> None:
        self.since = since
        self.frames = 0
        self.malformed = 0
        self.refused = 0
        self.timeouts = 0
        self._answers: Histogram | None = None
        self._slowest_s = 0.0
        self._oddities: dict[str, int] | None = None

    def noticed(self, kind: str) -> None:
        """A soft error: accepted, and counted for the owner to see."""
        if self._oddities is None:
            self._oddities = {}
        kind = kind[:LONGEST_KIND]
        if kind in self._oddities or len(self._oddities) < MOST_KINDS:
            self._oddities[kind] = self._oddities.get(kind, 0) + 1

    def answered(self, seconds: float) -> None:
        """It has answered a call of ours."""
        if self._answers is None:
            self._answers = Histogram()
        self._answers.add(seconds)
        self._slowest_s = max(self._slowest_s, seconds)

    def report(self) -> Observed:
        """Everything so far."""
        answers = self._answers
        return Observed(
            since=datetime.fromtimestamp(self.since, UTC),
            frames=self.frames,
            malformed=self.malformed,
            refused=self.refused,
            timeouts=self.timeouts,
            answers=sum(answers.counts) if answers is not None else 0,
            answer_p50_ms=_median_ms(answers, self._slowest_s) if answers is not None else None,
            answer_max_ms=round(self._slowest_s * 1000) if answers is not None else None,
            oddities=dict(self._oddities or {}),
        )

    @property
    def trouble(self) -> int:
        """How much went wrong."""
        oddities = sum(self._oddities.values()) if self._oddities else 0
        return oddities + self.malformed + self.refused + self.timeouts

    @property
    def kinds(self) -> frozenset[str]:
        """What sorts of things went wrong."""
        counted = {"malformed": self.malformed, "refused": self.refused, "timeout": self.timeouts}
        return frozenset(name for name, count in counted.items() if count) | frozenset(
            self._oddities or ()
        )


class Told:
    """What the app was last told of one charge point."""

    __slots__ = ("at", "kinds", "trouble")

    def __init__(self, at: float, kinds: frozenset[str], trouble: int) -> None:
        self.at = at
        self.kinds = kinds
        self.trouble = trouble


class Reports:
    """When which charge point is to be told of; remembered beyond single connections."""

    def __init__(self, settings: EdgeSettings) -> None:
        self._settings = settings
        self._told: OrderedDict[Name, Told] = OrderedDict()

    def is_due(self, name: Name, quality: Quality, now: float) -> bool:
        """Whether something new, or enough, has happened since it was last told of."""
        settings = self._settings
        told = self._told.get(name)
        if told is None:
            silent_s, is_new = now - quality.since, bool(quality.trouble)
            has_grown = is_new
        else:
            silent_s = now - told.at
            has_grown = quality.trouble > 0 and quality.trouble != told.trouble
            is_new = has_grown and not quality.kinds <= told.kinds
        if silent_s >= settings.observed_at_least_every_s:
            return True
        wait_s = settings.observed_new_after_s if is_new else settings.observed_every_s
        return has_grown and silent_s >= wait_s

    def told(self, name: Name, quality: Quality, now: float) -> None:
        """The app is being told."""
        known = self._told.pop(name, None)
        kinds = quality.kinds if known is None else quality.kinds | known.kinds
        self._told[name] = Told(now, kinds, quality.trouble)
        if len(self._told) > MOST_REMEMBERED:
            self._told.popitem(last=False)


def _median_ms(answers: Histogram, slowest_s: float) -> int:
    """The bound below which half of them were."""
    half, seen = (sum(answers.counts) + 1) // 2, 0
    for bound, count in zip((*answers.bounds, slowest_s), answers.counts, strict=True):
        seen += count
        if seen >= half:
            return round(min(bound, slowest_s) * 1000)
    return round(slowest_s * 1000)
