"""Who knocks too often: told to wait before the app is asked, which costs a database read.

Two counts a minute: connects by one path from one address (a charge point in a loop), and refused
ones from one address (somebody guesses). The second does not keep out a path that was let in of
late: behind a proxy or a hotel's router all have one address. Bounded; the oldest are forgotten.
"""

from collections import OrderedDict
from ipaddress import ip_address
from typing import NamedTuple, TypeVar

K = TypeVar("K")
MINUTE_S = 60.0
MOST_KEPT = 20_000


class KnockLimits(NamedTuple):
    """A minute; 0: no limit."""

    connects: int
    refusals: int


class Knocks:
    """The last minute's knocks. Moments are seconds of any clock that only goes forward."""

    def __init__(self, limits: KnockLimits) -> None:
        self._limits = limits
        self._connects: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()
        self._refusals: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()

    def allows(self, path: str, peer: str, now: float) -> bool:
        """Whether the app may be asked."""
        limits = self._limits
        if limits.connects and _count(self._connects, (path, peer), now) > limits.connects:
            return False
        if not limits.refusals or path in self._known or _is_near(peer):
            return True
        since, refused = self._refusals.get(peer, (now, 0))
        return now - since >= MINUTE_S or refused < limits.refusals

    def was_not_asked(self, path: str, peer: str) -> None:
        """The app did not answer: it is not the one who knocks that makes this one too many."""
        since, count = self._connects.get((path, peer), (0.0, 0))
        if count:
            self._connects[path, peer] = (since, count - 1)

    def let_in(self, path: str) -> None:
        """The app knows it."""
        self._known[path] = None
        self._known.move_to_end(path)
        if len(self._known) > MOST_KEPT:
            self._known.popitem(last=False)

    def refused(self, peer: str, now: float) -> None:
        """The app does not."""
        _count(self._refusals, peer, now)


def _count(counts: OrderedDict[K, tuple[float, int]], key: K, now: float) -> int:
    since, count = counts.get(key, (now, 0))
    if now - since >= MINUTE_S:
        since, count = now, 0
    counts[key] = (since, count + 1)
    counts.move_to_end(key)
    if len(counts) > MOST_KEPT:
        counts.popitem(last=False)
    return count + 1


def _is_near(peer: str) -> bool:
    """A proxy of ours, or this machine: it speaks for everybody."""
    try:
        return not ip_address(peer).is_global
    except ValueError:
        return True
