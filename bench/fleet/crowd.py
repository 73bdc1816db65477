"""What a connected charge point costs, and how all of them come back at once."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from bench.fleet.processes import IN_MEMORY, SETTLES_S, TOWNS, Bench, bench
from bench.fleet.talk import Talk, talked

QUIET_S = 600
STORM_S = 240.0
"""Who is not back by then is away, and counts as lost."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many say so much, so often for so long."""

    fleet: int
    per_s: float
    seconds: float
    rounds: int

    @property
    def few(self) -> int:
        return self.fleet // 10


async def the_fleet(size: Crowd) -> dict[str, Any]:
    """A fleet, beside one of a tenth that says as much."""
    async with bench(size.few, IN_MEMORY, QUIET_S) as small, _grown(size) as (large, kib, away):
        away += await small.connect(size.few)
        await _all_speak(small, size, size.few)
        few, many = [], []
        for _ in range(size.rounds):  # in turns: what else the machine does is the same for both
            few.append(await _talk(small, size, size.few))
            many.append(await _talk(large, size, size.fleet))
        return {
            "chargers": await large.tidy(),
            "connection_kib": kib,
            "messages_per_s": size.per_s,
            "answer_ms_p50": round(statistics.median(talk.quantile_ms(50) for talk in many), 2),
            "answer_ms_p99": round(statistics.median(talk.quantile_ms(99) for talk in many), 2),
            "cpu_ms_per_message": round(statistics.median(talk.cpu_ms for talk in many), 4),
            "cost_growth_10x": round(_growth(few, many), 3),
            **await _storm(large, "storm"),
            "lost_messages": sum(talk.lost for talk in few + many) + away + await _missing(large),
        }


async def over_tls(size: Crowd) -> dict[str, Any]:
    """The same fleet with TLS up to the edge, in Strom's own process."""
    async with _grown(size, is_secured=True) as (fleet, kib, away):
        return {
            "tls_connection_kib": kib,
            **await _storm(fleet, "tls_storm"),
            "tls_lost_messages": away + await _missing(fleet),
        }


@contextlib.asynccontextmanager
async def _grown(
    size: Crowd, *, is_secured: bool = False
) -> AsyncIterator[tuple[Bench, float, int]]:
    """A fleet that is connected; what the server grew by with each (KiB), how many are away.

    The first tenth, which has talked, does not count: with them comes what is there once.
    """
    async with bench(size.fleet, IN_MEMORY, QUIET_S, is_secured=is_secured) as run:
        away = await run.connect(size.few)
        await _all_speak(run, size, size.few)
        await run.tidy()
        before_kib = run.server.rss_kib
        away += await run.connect(size.fleet)
        await _all_speak(run, size, size.fleet)
        await run.tidy()
        grown_kib = run.server.rss_kib - before_kib
        yield run, round(grown_kib / (size.fleet - size.few), 1), away


async def _all_speak(run: Bench, size: Crowd, count: int) -> None:
    """Everybody once: who is silent for a minute after coming is pinged, which nobody is later."""
    await run.all("talk", per_s=size.per_s / TOWNS, seconds=count / size.per_s)


async def _talk(run: Bench, size: Crowd, count: int) -> Talk:
    began = run.cpu_s
    answers = await run.all("talk", per_s=size.per_s / TOWNS, seconds=size.seconds)
    talk = talked(answers, run.cpu_s - began)
    print(
        f"{count:7} charge points, {talk.sent} messages, {talk.cpu_ms:.4f} CPU ms each,"
        f" answered within {talk.quantile_ms(99):.1f} ms (p99)",
        flush=True,
    )
    return talk


def _growth(few: list[Talk], many: list[Talk]) -> float:
    """Of each pair of rounds, and of these the one in the middle."""
    return statistics.median(b.cpu_ms / a.cpu_ms for a, b in zip(few, many, strict=True))


async def _storm(run: Bench, name: str) -> dict[str, Any]:
    began = run.cpu_s
    came_back = await run.all("storm", within_s=STORM_S)
    await asyncio.sleep(SETTLES_S)
    return {
        f"{name}_seconds": round(max(answer["seconds"] for answer in came_back), 1),
        f"{name}_cpu_seconds": round(run.cpu_s - began, 1),
        f"{name}_told_to_wait": sum(answer["refused"] for answer in came_back),
        f"{name}_away": sum(answer["away"] for answer in came_back),
    }


async def _missing(run: Bench) -> int:
    """Plugs whose last status the table does not have."""
    kept = await run.server.do("statuses")
    told = await run.all("statuses")
    return sum(kept.get(name) != status for part in told for name, status in part.items())
