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
BUNDLED_PER_S = (1.4, 2.0, 2.7, 3.4, 4.0, 4.8, 5.6)
"""Of each charge point."""
WATCHED_PER_S = (0.3, 0.6, 1.2, 1.8, 2.4, 3.0)
LATE_PART = 0.001
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
    cpu_ms: float
    """For each that was stored."""
    app_calls: int

    @property
    def is_kept(self) -> bool:
        """Whether all that was told stood in the table in the end, and but a few in time."""
        is_all = not (self.talk.lost or self.thinned or self.unseen)
        return is_all and self.stored_late <= self.talk.sent * LATE_PART

    @property
    def unseen(self) -> int:
        """Neither stored nor counted as thinned: there must be none."""
        return self.talk.sent - self.talk.lost - self.stored - self.stored_late - self.thinned


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
            f"{name}_readings_per_s": round((kept.stored + kept.stored_late) / size.seconds),
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


async def _offered(size: Busy, table: str, bundle_s: int, rates: tuple[float, ...]) -> list[Step]:
    """Rate after rate, until one is not kept up with."""
    async with bench(size.chargers, table, bundle_s) as run:
        await run.connect(size.chargers)
        await run.server.do("pay", paths=[path for path, _ in run.devices])
        await run.all("charging", count=size.chargers // TOWNS)
        await _step(run, size.chargers, rates[0] * size.chargers, 2 * BUNDLE_S)
        steps: list[Step] = []
        for each in rates:
            steps.append(await _step(run, size.chargers, each * size.chargers, size.seconds))
            _show(steps[-1], size.seconds)
            if not steps[-1].is_kept:
                break
        return steps


async def _step(run: Bench, chargers: int, per_s: float, seconds: float) -> Step:
    before, began = await run.server.do("stored"), run.cpu_s
    # One each, over the time of a bundle: in the field bundles do not all fall due at once either.
    spread = await run.all("meter", every_s=BUNDLE_S, seconds=BUNDLE_S)
    answers = await run.all("meter", every_s=chargers / per_s, seconds=seconds)
    await asyncio.sleep(2 * BUNDLE_S + 1)
    used_s = run.cpu_s - began
    stored = await run.server.do("stored")
    talk = talked(answers, used_s)
    at_first = sum(answer["sent"] for answer in spread)
    later, thinned = stored, 0
    for _ in range(int(DRAINED_S)):
        thinned = later["thinned"] - before["thinned"]
        if later["readings"] - before["readings"] + thinned >= at_first + talk.sent - talk.lost:
            break
        await asyncio.sleep(1)
        later = await run.server.do("stored")
    return Step(
        per_s=per_s,
        talk=talk,
        stored=stored["readings"] - before["readings"] - at_first,
        stored_late=later["readings"] - stored["readings"],
        thinned=thinned,
        cpu_ms=used_s * 1000 / max(later["readings"] - before["readings"], 1),
        app_calls=stored["app_calls"] - before["app_calls"],
    )


def _show(step: Step, seconds: float) -> None:
    print(
        f"{step.per_s:7.0f} a second offered, {step.stored / seconds:.0f} stored in time,"
        f" {step.stored_late} later, {step.thinned} thinned, {step.unseen} lost;"
        f" {step.cpu_ms:.3f} CPU ms each, answered within {step.talk.quantile_ms(99):.1f} ms (p99)",
        flush=True,
    )
