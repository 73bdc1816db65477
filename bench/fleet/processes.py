"""The processes of a bench: the server, and the towns of charge points that talk to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.entrypoints.demo import MINISTACK
from app.entrypoints.embedded import embedded_tables

IN_MEMORY = "memory"
TOWNS = 2
SETTLES_S = 5.0
"""After which a new connection has been configured."""
ALL_HERE_S = 240.0
"""Who is not connected by then is away, and counts as lost."""
ANSWERS_S = 600.0
"""Within which a process has answered any command, or the bench fails."""
LINE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Helper:
    """A process that takes commands on a line and answers each on one."""

    name: str
    process: asyncio.subprocess.Process

    async def do(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Raises ``RuntimeError`` where the process has ended, or says nothing for long."""
        assert self.process.stdout is not None
        self.tell({"do": command} | arguments)
        try:
            async with asyncio.timeout(ANSWERS_S):
                line = await self.process.stdout.readline()
        except TimeoutError:
            raise RuntimeError(f"{self.name} did not answer `{command}`") from None
        if not line:
            raise RuntimeError(f"{self.name} has ended at `{command}`")
        found: dict[str, Any] = json.loads(line)
        return found

    def tell(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")

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
        yield Helper(module, process)
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

    async def connect(self, count: int) -> int:
        """So many are to be here. How many are not."""
        each = count // len(self.towns)
        answers = await self.all("connect", count=each, within_s=ALL_HERE_S)
        await asyncio.sleep(SETTLES_S)
        return sum(answer["away"] for answer in answers)

    async def tidy(self) -> int:
        """Have it give back what nobody needs. How many are connected."""
        return int((await self.server.do("tidy"))["connected"])

    @property
    def cpu_s(self) -> float:
        return cpu_s(self.counted)


@contextlib.asynccontextmanager
async def bench(
    count: int, table: str, quiet_s: int, *, is_secured: bool = False
) -> AsyncIterator[Bench]:
    """A server with so many charge points that are known to it, and not there so far."""
    async with contextlib.AsyncExitStack() as stack:
        counted: list[int] = []
        if table == str(MINISTACK):
            table = await stack.enter_async_context(embedded_tables(table))
            counted = children(os.getpid())[-1:]
        options = {"table": table, "quiet_readings_s": quiet_s, "is_secured": is_secured}
        server = await stack.enter_async_context(helper("bench.fleet.server", json.dumps(options)))
        made = await server.do("build", count=count)
        devices, towns = made.pop("devices"), []
        for number in range(TOWNS):
            town = await stack.enter_async_context(helper("bench.fleet.town"))
            town.tell(made | {"devices": devices[number::TOWNS]})
            towns.append(town)
        yield Bench(server, towns, devices, [server.process.pid, *counted])
