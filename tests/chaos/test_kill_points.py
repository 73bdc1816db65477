"""A whole charge, killed at every boundary of the process's IO: nothing is lost or doubled."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.chaos.dying import die_at
from tests.chaos.lane import lane
from tests.chaos.others import JOURNEYS, Journey
from tests.chaos.points import chosen, everything, pairs, some
from tests.support.lnbits import LnbitsNode

SHARES = 4
LANES = 3
SEEDS = range(60 if everything() else 8)
"""Of journeys that die twice."""
OTHERS = 6
"""Points of each other journey that a short run takes."""
pytestmark = pytest.mark.timeout(0 if everything() else 600)  # it waits for each step by itself


@pytest.mark.parametrize("share", range(SHARES))
async def test_killed_at_every_boundary(
    share: int, tmp_path: Path, tables: str, lnbits: LnbitsNode, says: Callable[[str], None]
) -> None:
    opens = partial(lane, tmp_path, tables, lnbits)
    async with opens() as first:
        passed = await first.charges_once()
    points = chosen(passed, share, SHARES)
    began = time.monotonic()

    covered = await die_at([tuple(point.split("|")) for point in points], opens, LANES)

    took_s = time.monotonic() - began
    says(f"share {share}: {covered}; a journey passes {len(passed)}; {took_s:.0f} s")
    assert not covered.wrong, "\n\n".join(covered.wrong.values())
    assert len(covered.died) >= 0.8 * covered.tried


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.name)
async def test_killed_on_another_journey(
    journey: Journey,
    tmp_path: Path,
    tables: str,
    lnbits: LnbitsNode,
    says: Callable[[str], None],
) -> None:
    opens = partial(journey.opens, tmp_path, tables, lnbits)
    async with opens() as first:
        passed = await journey.once(first)
    points = some(passed, OTHERS)
    began = time.monotonic()

    covered = await die_at(
        [tuple(point.split("|")) for point in points], opens, LANES, journey.once
    )

    took_s = time.monotonic() - began
    says(f"{journey.name}: {covered}; a journey passes {len(passed)}; {took_s:.0f} s")
    assert not covered.wrong, "\n\n".join(covered.wrong.values())
    assert len(covered.died) >= 0.6 * covered.tried


async def test_killed_twice(
    tmp_path: Path, tables: str, lnbits: LnbitsNode, says: Callable[[str], None]
) -> None:
    opens = partial(lane, tmp_path, tables, lnbits)
    async with opens() as first:
        passed = await first.charges_once()

    covered = await die_at(pairs(passed, SEEDS), opens, LANES)

    says(f"killed twice: {len(SEEDS)} seeds, {len(covered.died)} died at both of their points")
    assert not covered.wrong, "\n\n".join(covered.wrong.values())
