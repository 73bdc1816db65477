"""How much a charge point, and all of one tenant's together, may send.

Token buckets for frames and bytes. The clock is looked at only when what was earned is used up, so
a frame costs two subtractions. Whoever sends more is read more slowly: TCP makes it wait. One that
waits for its answers, as OCPP demands, never gets further than that; one that keeps sending
regardless is told to go.
"""

from typing import NamedTuple

LONGEST_WAIT_S = 5.0
"""A pause for others' sake; then it is looked again."""
A_FLOOD_S = 1.0
"""So many seconds' worth beyond what was earned: whoever waits for answers cannot."""
FORGIVEN_AFTER_S = 120.0
WITHOUT_LIMIT = 1e6
"""So much is sent between two looks at the clock where there is no limit, for the tenant's sake."""


class Rate(NamedTuple):
    """Per second; 0: no limit. ``burst_s``: so many seconds' worth may come at once."""

    frames_per_s: float
    bytes_per_s: float
    burst_s: float


class Wait(NamedTuple):
    """For how long not to read on; and whether to close instead."""

    seconds: float
    is_abuse: bool = False


class Bucket:
    """Tokens of one kind. ``left`` may go below zero: what was read was read."""

    __slots__ = ("_most", "_per_s", "left")

    def __init__(self, per_s: float, burst_s: float) -> None:
        self._per_s = per_s
        self._most = per_s * burst_s if per_s > 0 else WITHOUT_LIMIT
        self.left = self._most

    def earn(self, seconds: float) -> None:
        """Time has passed."""
        earned = self.left + seconds * self._per_s
        self.left = min(earned, self._most) if self._per_s > 0 else self._most

    @property
    def debt_s(self) -> float:
        """Until it is level again."""
        return -self.left / self._per_s if self._per_s > 0 and self.left < 0 else 0.0


class Share:
    """What a tenant's charge points on this instance may send together."""

    __slots__ = ("__weakref__", "_at", "_bytes", "_frames")

    def __init__(self, rate: Rate, now: float) -> None:
        self._at = now
        self._frames = Bucket(rate.frames_per_s, rate.burst_s)
        self._bytes = Bucket(rate.bytes_per_s, rate.burst_s)

    def spend(self, now: float, frames: float, size: float) -> float:
        """Take what was sent out of it; for how many seconds its sender should wait."""
        passed_s, self._at = max(now - self._at, 0.0), now
        for bucket, spent in ((self._frames, frames), (self._bytes, size)):
            bucket.earn(passed_s)
            bucket.left -= spent
        return min(max(self._frames.debt_s, self._bytes.debt_s), LONGEST_WAIT_S)


class Allowance:
    """What one connection may send before the clock is looked at.

    Whoever reads takes from ``frames`` and ``bytes``; when one is below zero, `renew` says how
    long to wait. Moments are seconds of any clock that only goes forward.
    """

    __slots__ = (
        "_abuse_after_s",
        "_at",
        "_first_flood",
        "_had",
        "_last_flood",
        "_share",
        "bytes",
        "frames",
    )

    def __init__(
        self, rate: Rate, now: float, *, abuse_after_s: float, share: Share | None = None
    ) -> None:
        self._share = share
        self._abuse_after_s = abuse_after_s
        self._at = now
        self._first_flood = self._last_flood = now - FORGIVEN_AFTER_S
        self.frames = Bucket(rate.frames_per_s, rate.burst_s)
        self.bytes = Bucket(rate.bytes_per_s, rate.burst_s)
        self._had = self.frames.left, self.bytes.left

    def renew(self, now: float) -> Wait:
        """Add what was earned since the last time; how long to wait if it does not suffice."""
        passed_s, self._at = max(now - self._at, 0.0), now
        sent = self._had[0] - self.frames.left, self._had[1] - self.bytes.left
        others_s = self._share.spend(now, *sent) if self._share is not None else 0.0
        self.frames.earn(passed_s)
        self.bytes.earn(passed_s)
        self._had = self.frames.left, self.bytes.left
        own_s = max(self.frames.debt_s, self.bytes.debt_s)
        return Wait(max(own_s, others_s), own_s >= A_FLOOD_S and self._goes_on(now))

    def _goes_on(self, now: float) -> bool:
        """Whether it has been flooding for long, with no long rest between two floods."""
        if now - self._last_flood >= FORGIVEN_AFTER_S:
            self._first_flood = now
        self._last_flood = now
        return now - self._first_flood >= self._abuse_after_s
