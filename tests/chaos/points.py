"""Which moments there are to die at: what one journey passed, and how much of it a run covers."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from zlib import crc32

ALL = "CHAOS_ALL"
"""Set by `make chaos`: every point, every seed."""
ONLY = "CHAOS_ONLY"
"""One point, as a failure names it; two deaths in one journey with a bar between them."""
SPREAD = 12
"""How many of the points that are not always covered a short run takes."""
_ALWAYS = re.compile(r"(wallet\.|table\.write|http\.POST|bus\.send|queue\.put)")


def everything() -> bool:
    return bool(os.environ.get(ALL))


def chosen(passed: Sequence[str], share: int, shares: int) -> list[str]:
    """This share of what is to be covered: every wallet call and every write, and of the rest an
    even spread that begins elsewhere each day; or everything."""
    if only := os.environ.get(ONLY):
        return [only] if share == 0 else []
    points = list(dict.fromkeys(name for name in passed if name))
    always = [name for name in points if everything() or _ALWAYS.match(name)]
    others = [name for name in points if name not in set(always)]
    step = max(1, len(others) // SPREAD)
    today = datetime.now(UTC).toordinal()
    wanted = always + others[today % step :: step]
    return [name for name in wanted if crc32(name.encode()) % shares == share]


def some(passed: Sequence[str], most: int) -> list[str]:
    """So many of a journey's points, others each day; or everything."""
    if only := os.environ.get(ONLY):
        return [only]
    points = list(dict.fromkeys(name for name in passed if name))
    if everything() or len(points) <= most:
        return points
    return random.Random(datetime.now(UTC).toordinal()).sample(points, most)


def pairs(passed: Sequence[str], seeds: Sequence[int]) -> list[tuple[str, str]]:
    """Two deaths in one journey: at a point of it, and at one while getting over the first."""
    points = list(dict.fromkeys(name for name in passed if name))
    return [tuple(random.Random(seed).sample(points, 2)) for seed in seeds]  # type: ignore[misc]
