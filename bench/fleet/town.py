"""Thousands of charge points in one process; `bench.fleet` tells it what to do.

    python -m bench.fleet.town    # one JSON command a line in, one JSON answer a line out

Each device opens a websocket, answers what it is asked (every call is accepted, a remote start is
followed by StartTransaction) and sends what the bench wants, whether or not the last was answered:
nothing waits for a slow server, so its slowness shows in the answer times.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import resource
import ssl
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import uvloop

from bench.fleet.device import CALL_TIMEOUT_S, POWER_W, STATUSES, Device

TICK_S = 0.01


class Town:
    """The devices of this process, and the commands for them."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self.devices = list(devices)
        self.here: list[Device] = []

    async def connect(self, count: int, within_s: float) -> dict[str, Any]:
        """So many are to be here; those that are missing come at once."""
        missing = self.devices[len(self.here) : count]
        began = time.perf_counter()
        coming = [asyncio.create_task(device.arrive()) for device in missing]
        await asyncio.wait(coming, timeout=within_s)
        seconds = time.perf_counter() - began
        self.here += missing
        refused = sum(task.result() for task in coming if task.done())
        away = [task for task in coming if not task.done()]
        for task in away:
            task.cancel()
        await asyncio.gather(*away, return_exceptions=True)
        return {"refused": refused, "seconds": seconds, "away": len(away)}

    async def storm(self, within_s: float) -> dict[str, Any]:
        """All lose their connection, and come back."""
        here, self.here = self.here, []
        for device in here:
            device.drop()
        while any(device.is_open for device in here):
            await asyncio.sleep(TICK_S)
        return await self.connect(len(here), within_s)

    async def talk(self, per_s: float, seconds: float) -> dict[str, Any]:
        """Heartbeats and statuses, from one device after the other."""
        turns = itertools.cycle(self.here)

        def say(number: int) -> None:
            next(turns).chat(number)

        return await self._at_a_rate(per_s, seconds, say)

    async def meter(self, every_s: float, seconds: float) -> dict[str, Any]:
        """Readings of all transactions, each device's so often."""
        charging = [device for device in self.here if device.transaction]
        if not charging:
            return await self._told([])
        turns = itertools.cycle(charging)
        wh = max(1, round(POWER_W * every_s / 3600))

        def say(_: int) -> None:
            next(turns).meter(wh)

        return await self._at_a_rate(len(charging) / every_s, seconds, say)

    async def charging(self, count: int) -> dict[str, Any]:
        """Wait until so many have a transaction."""
        async with asyncio.timeout(CALL_TIMEOUT_S * 4):
            while sum(bool(device.transaction) for device in self.here) < count:
                await asyncio.sleep(0.05)
        return {}

    async def statuses(self) -> dict[str, Any]:
        """What each said last."""
        return {device.name: STATUSES[device.status % 2] for device in self.here}

    async def _at_a_rate(
        self, per_s: float, seconds: float, say: Callable[[int], None]
    ) -> dict[str, Any]:
        for device in self.here:
            device.waits_s.clear()
            device.answered = device.errors = 0
        began, said, wanted = time.perf_counter(), 0, round(per_s * seconds)
        while said < wanted:
            passed = time.perf_counter() - began
            for number in range(said, min(wanted, int(passed * per_s))):
                say(number)
            said = max(said, min(wanted, int(passed * per_s)))
            await asyncio.sleep(TICK_S)
        return await self._told(self.here) | {"sent": said}

    async def _told(self, devices: Sequence[Device]) -> dict[str, Any]:
        """What became of the calls; one unanswered after half a minute is lost."""
        until = time.perf_counter() + CALL_TIMEOUT_S
        while any(device.unanswered for device in devices) and time.perf_counter() < until:
            await asyncio.sleep(0.02)
        return {
            "sent": 0,
            "lost": sum(device.unanswered for device in devices),
            "errors": sum(device.errors for device in devices),
            "closed": sum(not device.is_open for device in devices),
            "waits_s": sorted(round(s, 5) for device in devices for s in device.waits_s),
        }


async def serve(read: Callable[[], Awaitable[str]]) -> None:
    made = json.loads(await read())
    secured = anyone() if made["is_secured"] else None
    town = Town(
        [
            Device(name, password, made["port"], secured=secured)
            for name, password in made["devices"]
        ]
    )
    gc.freeze()
    while line := await read():
        command = json.loads(line)
        answer = await getattr(town, command.pop("do"))(**command)
        print(json.dumps(answer), flush=True)


def anyone() -> ssl.SSLContext:
    """Whoever the server is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def raise_nofile() -> None:
    """As many sockets as the machine allows."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def main() -> None:
    loop = asyncio.get_running_loop()
    await serve(lambda: loop.run_in_executor(None, sys.stdin.readline))


if __name__ == "__main__":
    raise_nofile()
    uvloop.run(main())
