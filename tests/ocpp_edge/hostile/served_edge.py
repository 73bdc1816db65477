"""An edge in a process of its own, so that its memory can be looked at."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import resource
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.command_bus.in_process import InProcessBus
from app.edge_messages import Connect, Connected
from app.ocpp_edge import Edge, EdgeSettings
from tests.ocpp_edge.harness import TENANT, FakeApp, SeededChance, WallClock

ANSWERS_WITHIN_S = 5.0
"""Generous: the machine may be busy. A neighbour who is harmed waits for ever."""


QUICK = {"port": 0, "drain_s": 0.5, "close_timeout_s": 0.5}


class Village(FakeApp):
    """Every path is a charge point of its own; nothing that is told is kept."""

    async def connect(self, message: Connect) -> Connected:
        self.grant = Connected(TENANT, message.path, self.grant.epoch + 1, 300)
        return self.grant

    async def messages(self, batch: Any) -> Any:
        answer = await super().messages(batch)
        self.batches.clear()
        return answer


@dataclass
class ServedEdge:
    """That process, seen from outside."""

    port: int
    pid: int

    @property
    def rss_mib(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    @property
    def sockets(self) -> int:
        """How many files it holds open, sockets above all."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))


@contextlib.asynccontextmanager
async def served_edge(**settings: Any) -> AsyncIterator[ServedEdge]:
    """It fails the test when it does not live to the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.ocpp_edge.hostile.served_edge", json.dumps(QUICK | settings)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = int(await process.stdout.readline())
        yield ServedEdge(port, process.pid)
        assert process.returncode is None, "the edge has died"
    finally:
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 20)
        if process.returncode is None:
            process.kill()
            await process.wait()


def raise_nofile() -> int:
    """As many sockets as the machine allows; how many that is."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


async def main(settings: dict[str, Any]) -> None:
    edge = Edge(EdgeSettings(**settings), Village(), InProcessBus(), WallClock(), SeededChance())
    await edge.start()
    print(edge.port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await edge.stop()


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    raise_nofile()
    asyncio.run(main(json.loads(sys.argv[1])))
