"""See the package."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
from typing import Any

import bench.cost
from app.simulator import SimulatedCharger
from bench.cost.bill import result, show
from bench.cost.stage import stage
from bench.cost.visit import Visit
from bench.hurried import HurriedLoop
from bench.journey import set_up

STAGGER_S = 7


async def run(loop: HurriedLoop, sessions: int, *, requests: bool) -> dict[str, Any]:
    async with stage(loop) as put_up, contextlib.AsyncExitStack() as stack:
        visits = []
        for number in range(sessions):
            tenant, issued = await set_up(put_up.strom, number)
            path, url = issued.charge_point.path, put_up.strom.foundation.settings.charger_url
            now = put_up.strom.foundation.clock.now
            device = SimulatedCharger(url, path, issued.password, now=now)
            await stack.enter_async_context(device)
            visits.append(Visit(put_up, tenant, issued, device))
        await asyncio.sleep(60)  # booted, configured, free
        meter = put_up.meter
        logging.getLogger("app").addHandler(meter)
        meter.is_on, before = True, put_up.counter.stored_bytes

        async def visit(number: int) -> None:
            await asyncio.sleep(number * STAGGER_S)
            await visits[number].charge()

        await asyncio.gather(*map(visit, range(sessions)))
        while meter.seals < sessions:
            await asyncio.sleep(1)
        await asyncio.sleep(30)
        meter.is_on = False
        show(meter, sessions, requests=requests)
        stored = put_up.counter.stored_bytes - before
        return result(meter, sessions) | {"stored_bytes_per_session": round(stored / sessions)}


def main() -> None:
    arguments = argparse.ArgumentParser(
        prog="bench.cost",
        description=bench.cost.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments.add_argument("--full", action="store_true", help="40 sessions instead of 4")
    arguments.add_argument("--requests", action="store_true", help="show every kind of request")
    asked = arguments.parse_args()
    sessions = 40 if asked.full else 4
    logging.basicConfig(level=logging.ERROR)
    logging.getLogger("app").setLevel(logging.INFO)
    loop = HurriedLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        print(json.dumps(runner.run(run(loop, sessions, requests=asked.requests))))


if __name__ == "__main__":
    main()
