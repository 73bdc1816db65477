"""What a reading costs end to end, and how many a second are too many."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.fleet.processes import TOWNS, Bench, bench
from bench.fleet.talk import Talk, talked

BUNDLE_S = 3
"""At a reading every third of a second ten make a bundle, as in the field (one a minute, a bundle
every ten)."""
BUNDLED_PER_S = (700, 1_000, 1_350, 1_700, 2_000, 2_400, 2_800)
WATCHED_PER_S = (150, 250, 350, 450, 600, 800)
DRAINED_S = 60.0
"""The longest that what waits is waited for."""


@dataclass(frozen=True, slots=True)
class Busy:
    """So many are in a charge, and send for so long at each rate."""

    chargers: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Step:
    """What came of a rate."""

    per_s: float
    talk: Talk
    stored: int
    """In time: with the last bundle."""
    stored_late: int
    thinned: int
    cpu_s: float
    app_calls: int

    @property
    def is_kept(self) -> bool:
        """Whether all that was told stood in the table in time."""
        return self.stored == self.talk.sent and not self.talk.lost

    @property
    def unseen(self) -> int:
        """Neither stored nor counted as thinned: there must be none."""
        return self.talk.sent - self.talk.lost - self.stored - self.stored_late - self.thinned

    @property
    def cpu_ms(self) -> float:
        return self.cpu_s * 1000 / max(self.stored + self.stored_late, 1)


async def the_readings(size: Busy, table: str) -> dict[str, Any]:
    """Offered in bundles, and one by one as while somebody watches, until it is too much."""
    found: dict[str, Any] = {"busy_chargers": size.chargers, "readings_table": _named(table)}
    for name, bundle_s, rates in (
        ("stored", BUNDLE_S, BUNDLED_PER_S),
        ("watched", 0, WATCHED_PER_S),
    ):
        print(f"{name}, {size.chargers} charge points:")
        steps = await _offered(size, table, bundle_s, rates)
        best = [step for step in steps if step.is_kept][-1:] or steps[:1]
        kept = best[0]
        found |= {
            f"{name}_readings_per_s": round(kept.stored / size.seconds),
            f"cpu_ms_per_{name}_reading": round(kept.cpu_ms, 3),
            f"{name}_answer_ms_p99": round(kept.talk.quantile_ms(99), 1),
            f"{name}_app_calls_per_s": round(kept.app_calls / size.seconds, 1),
            f"{name}_timed_out_calls": sum(step.talk.lost for step in steps),
            f"{name}_readings_thinned": sum(step.thinned for step in steps),
            f"{name}_readings_lost_unseen": sum(step.unseen for step in steps),
        }
    return found


def _named(table: str) -> str:
    return table if "://" in table else Path(table).name


async def _offered(size: Busy, table: str, bundle_s: int, rates: tuple[int, ...]) -> list[Step]:
    """Rate after rate, until one is not kept up with."""
    async with bench(size.chargers, table, bundle_s) as run:
        await run.connect(size.chargers)
        await run.server.do("pay", paths=[path for path, _ in run.devices])
        await run.all("charging", count=size.chargers // TOWNS)
        await _step(run, size.chargers, rates[0], 2 * BUNDLE_S)
        steps: list[Step] = []
        for per_s in rates:
            steps.append(await _step(run, size.chargers, per_s, size.seconds))
            _show(steps[-1], size.seconds)
            if not steps[-1].is_kept:
                break
        return steps


async def _step(run: Bench, chargers: int, per_s: float, seconds: float) -> Step:
    before, began = await run.server.do("stored"), run.cpu_s
    answers = await run.all("meter", every_s=chargers / per_s, seconds=seconds)
    await asyncio.sleep(2 * BUNDLE_S + 1)
    stored, used_s = await run.server.do("stored"), run.cpu_s - began
    talk = talked(answers, used_s)
    later, thinned = stored, 0
    for _ in range(int(DRAINED_S)):
        thinned = later["thinned"] - before["thinned"]
        if later["readings"] - before["readings"] + thinned >= talk.sent - talk.lost:
            break
        await asyncio.sleep(1)
        later = await run.server.do("stored")
    return Step(
        per_s=per_s,
        talk=talk,
        stored=stored["readings"] - before["readings"],
        stored_late=later["readings"] - stored["readings"],
        thinned=thinned,
        cpu_s=used_s,
        app_calls=stored["app_calls"] - before["app_calls"],
    )


def _show(step: Step, seconds: float) -> None:
    print(
        f"{step.per_s:7} a second offered, {step.stored / seconds:.0f} stored in time,"
        f" {step.stored_late} later, {step.thinned} thinned, {step.unseen} lost;"
        f" {step.cpu_ms:.3f} CPU ms each, answered within {step.talk.quantile_ms(99):.1f} ms (p99)",
        flush=True,
    )
