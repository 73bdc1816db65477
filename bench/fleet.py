"""A fleet on one machine: what a connected charge point costs, and what a reading costs end to end.

    python -m bench.fleet [--full] [--endpoint URL]

Strom runs on one core, in one process as `strom serve` has it; two processes of charge points (and,
for the readings, the table) share another. Nothing here waits for a slow server before it sends
more; an answer that takes over half a minute is lost.

*The fleet*, over a table in memory: charge points connect, boot, are configured and say a number of
messages a second together, nine heartbeats to each status, which is saved. First a tenth of them,
then all; `cost_growth_10x` is processor time per message of all over that of a tenth, at the same
rate. `connection_kib` is what the process, edge and app, grows by with each; the rows of the table
in memory are made before, and kernel memory is not counted. The storm: all lose their connection at
once, come back at once and are told to wait where there are too many, until every one has its boot
answered and its status taken. `lost_messages` also counts plugs whose last status the table does
not have.

*The readings*, over ministack, `strom serve`'s own table at home (or a DynamoDB that runs already):
each charge point is in a charge somebody paid for and sends MeterValues every third of a second;
the edge hands them on in bundles of ten, as it does in the field (a reading a minute, a bundle
every ten). Processor time is that of Strom and of the table together; counted is what stands in
the table in the end.

*The app calls*: how often 1,000 such sessions make the edge call the app in a minute, at the pace
of the field, on a clock that jumps over waits, leases included.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import statistics
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.entrypoints.demo import MINISTACK
from app.entrypoints.embedded import embedded_tables
from bench import fleet_minutes
from bench.fleet_server import IN_MEMORY

TOWNS = 2
SETTLES_S = 5.0
"""After which a new connection has been configured."""
READING_EVERY_S = 0.3
BUNDLE_S = 3
QUIET_S = 600
LINE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    fleet: int = 2_000
    per_s: float = 500
    seconds: float = 4
    rounds: int = 2
    busy: int = 100
    metered_s: float = 9
    sessions: int = 1_000
    minutes: int = 2


FULL = Size(fleet=10_000, per_s=1_000, seconds=10, rounds=3, busy=500, metered_s=30, minutes=10)


@dataclass(frozen=True, slots=True)
class Helper:
    """A process that takes commands on a line and answers each on one."""

    process: asyncio.subprocess.Process

    async def do(self, command: str, **arguments: Any) -> dict[str, Any]:
        return await self.say({"do": command} | arguments)

    async def say(self, message: dict[str, Any], *, answered: bool = True) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        if not answered:
            return {}
        found: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return found

    @property
    def rss_kib(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1])


@contextlib.asynccontextmanager
async def helper(module: str, *arguments: str) -> AsyncIterator[Helper]:
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", module, *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=LINE)
    assert process.stdin is not None
    try:
        yield Helper(process)
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 20)
        except TimeoutError:
            process.kill()
            await process.wait()


def cpu_s(pids: Sequence[int]) -> float:
    """The time they have worked, all threads counted."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def children(pid: int) -> list[int]:
    """The processes that one has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@dataclass(frozen=True, slots=True)
class Bench:
    """A server and its charge points, in so many processes."""

    server: Helper
    towns: list[Helper]
    devices: list[tuple[str, str]]
    counted: list[int]
    """Whose processor time counts."""

    async def all(self, command: str, **arguments: Any) -> list[dict[str, Any]]:
        return list(await asyncio.gather(*(t.do(command, **arguments) for t in self.towns)))

    async def connect(self, count: int) -> None:
        await self.all("connect", count=count // len(self.towns))
        await asyncio.sleep(SETTLES_S)

    @property
    def cpu_s(self) -> float:
        return cpu_s(self.counted)


@contextlib.asynccontextmanager
async def bench(count: int, table: str, quiet_s: int) -> AsyncIterator[Bench]:
    async with contextlib.AsyncExitStack() as stack:
        counted: list[int] = []
        if table == str(MINISTACK):
            table = await stack.enter_async_context(embedded_tables(table))
            counted = children(os.getpid())
        server = await stack.enter_async_context(helper("bench.fleet_server", table, str(quiet_s)))
        made = await server.do("build", count=count)
        devices, towns = made["devices"], []
        for number in range(TOWNS):
            town = await stack.enter_async_context(helper("bench.fleet_clients"))
            mine = devices[number::TOWNS]
            await town.say({"port": made["port"], "devices": mine}, answered=False)
            towns.append(town)
        yield Bench(server, towns, devices, [server.process.pid, *counted])


@dataclass(frozen=True, slots=True)
class Talk:
    """What a while of talking came to."""

    cpu_ms: float
    waits_ms: list[float]
    sent: int
    lost: int

    def quantile_ms(self, per_cent: int) -> float:
        return statistics.quantiles(self.waits_ms, n=100, method="inclusive")[per_cent - 1]


def talked(answers: list[dict[str, Any]], used_s: float) -> Talk:
    sent = sum(answer["sent"] for answer in answers)
    lost = sum(answer["lost"] + answer["errors"] for answer in answers)
    waits_ms = [s * 1000 for answer in answers for s in answer["waits_s"]]
    return Talk(used_s * 1000 / max(sent, 1), waits_ms, sent, lost)


async def talks(run: Bench, size: Size) -> list[Talk]:
    """The same a few times over."""
    found = []
    for _ in range(size.rounds):
        began = run.cpu_s
        answers = await run.all("talk", per_s=size.per_s / TOWNS, seconds=size.seconds)
        found.append(talked(answers, run.cpu_s - began))
        print(
            f"{found[-1].sent:7} messages, {found[-1].cpu_ms:.4f} CPU ms each,"
            f" answered within {found[-1].quantile_ms(99):.1f} ms (p99)"
        )
    return found


async def the_fleet(size: Size) -> dict[str, float]:
    async with bench(size.fleet, IN_MEMORY, QUIET_S) as run:
        await run.connect(size.fleet // 10)
        few = await talks(run, size)
        await run.server.do("tidy")
        before_kib = run.server.rss_kib
        await run.connect(size.fleet)
        many = await talks(run, size)
        await run.server.do("tidy")
        kib = (run.server.rss_kib - before_kib) / (size.fleet * 0.9)
        came_back = await run.all("storm")
        await asyncio.sleep(SETTLES_S)
        missing = await _missing_statuses(run)
        at_best = [min(talk.cpu_ms for talk in some) for some in (few, many)]
        p50 = statistics.median(talk.quantile_ms(50) for talk in many)
        p99 = statistics.median(talk.quantile_ms(99) for talk in many)
        connected = (await run.server.do("tidy"))["connected"]
        return {
            "chargers": connected,
            "connection_kib": round(kib, 1),
            "messages_per_s": size.per_s,
            "answer_ms_p50": round(p50, 2),
            "answer_ms_p99": round(p99, 2),
            "cpu_ms_per_message": round(at_best[1], 4),
            "cost_growth_10x": round(at_best[1] / at_best[0], 3),
            "storm_seconds": round(max(answer["seconds"] for answer in came_back), 1),
            "storm_told_to_wait": sum(answer["refused"] for answer in came_back),
            "lost_messages": sum(talk.lost for talk in few + many) + missing,
        }


async def _missing_statuses(run: Bench) -> int:
    """Plugs whose last status the table does not have."""
    kept = await run.server.do("statuses")
    told = await run.all("statuses")
    return sum(kept.get(name) != status for part in told for name, status in part.items())


async def the_readings(size: Size, table: str) -> dict[str, Any]:
    async with bench(size.busy, table, BUNDLE_S) as run:
        await run.connect(size.busy)
        paths = [path for path, _ in run.devices]
        await run.server.do("pay", paths=paths)
        await asyncio.gather(
            *(
                town.do("charging", count=len(paths[number::TOWNS]))
                for number, town in enumerate(run.towns)
            )
        )
        await _meter(run, 2 * BUNDLE_S)
        before, began, calls = await _stored(run), run.cpu_s, await run.server.do("calls")
        answers = await _meter(run, size.metered_s)
        stored, used_s = await _stored(run) - before, run.cpu_s - began
        later = await run.server.do("calls")
        talk = talked(answers, used_s)
        return {
            "busy_chargers": size.busy,
            "readings_table": table if "://" in table else Path(table).name,
            "stored_readings_per_s": round(stored / size.metered_s),
            "cpu_ms_per_stored_reading": round(used_s * 1000 / max(stored, 1), 3),
            "readings_not_stored": talk.sent - stored,
            "timed_out_calls": talk.lost,
            "reading_answer_ms_p99": round(talk.quantile_ms(99), 1),
            "app_calls_per_s": round((_messages(later) - _messages(calls)) / size.metered_s, 1),
        }


def _messages(calls: dict[str, int]) -> int:
    return calls.get("/internal/messages", 0)


async def _meter(run: Bench, seconds: float) -> list[dict[str, Any]]:
    """And until the last bundle is saved."""
    answers = await run.all("meter", every_s=READING_EVERY_S, seconds=seconds)
    await asyncio.sleep(2 * BUNDLE_S + 1)
    return answers


async def _stored(run: Bench) -> int:
    return int((await run.server.do("stored"))["readings"])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--full", action="store_true", help="10,000 charge points, 500 busy")
    arguments.add_argument("--endpoint", default="", help="of a DynamoDB that runs already")
    arguments.add_argument("--only", choices=["fleet", "readings", "minutes"], default="")
    asked = arguments.parse_args()
    size = FULL if asked.full else Size()
    logging.basicConfig(level=logging.ERROR)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    found: dict[str, Any] = {}
    table = asked.endpoint or str(MINISTACK)
    if asked.only in ("", "fleet"):
        found |= asyncio.run(the_fleet(size))
    if asked.only in ("", "readings"):
        found |= asyncio.run(the_readings(size, table))
    if asked.only in ("", "minutes"):
        found |= fleet_minutes.measure(size.sessions, size.minutes)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
