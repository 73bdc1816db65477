"""Runs of so many frames, from a seed."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from pathlib import Path
from random import Random

from tests.ocpp_edge.fuzz.grammar import FOLDERS, Frame, frame
from tests.ocpp_edge.fuzz.target import AT_ONCE, SLOWEST_S, Found, Target, rss_mib

CORPUS = Path(__file__).parent / "corpus"
GROWS_MIB = 40.0
WARM_UP = 5_000


async def from_seed(protocol: str, seed: int, count: int) -> tuple[Found, float]:
    """What was found, and how much memory grew by, in MiB, after a warm-up."""
    dice, target, before_mib = Random(f"{protocol} {seed}"), Target(protocol), 0.0
    for number in range(0, count, AT_ONCE):
        await target.throw([frame(dice, protocol, number + n) for n in range(AT_ONCE)])
        if number == WARM_UP // AT_ONCE * AT_ONCE:
            gc.collect()
            before_mib = rss_mib()
    await target.reconnect()
    gc.collect()
    return target.found, rss_mib() - before_mib if before_mib else 0.0


async def kept(protocol: str, some: Iterable[bytes]) -> Found:
    """Frames that were kept, one after the other."""
    target = Target(protocol)
    for data in some:
        await target.throw([Frame(data)])
    await target.reconnect()
    return target.found


def corpus() -> list[bytes]:
    """What earlier runs found worth keeping, one frame a line."""
    return [line for path in sorted(CORPUS.iterdir()) for line in path.read_bytes().splitlines()]


def verdict(found: Found, grown_mib: float) -> list[str]:
    """What is wrong with it."""
    wrongs = list(found.wrongs)
    if found.slowest_s > SLOWEST_S:
        wrongs.append(f"a frame took {found.slowest_s:.3f} s: {found.slowest!r}")
    if grown_mib > GROWS_MIB:
        wrongs.append(f"memory grew by {grown_mib:.0f} MiB")
    return wrongs


PROTOCOLS = tuple(FOLDERS)
