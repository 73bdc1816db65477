"""How often charging sessions make the edge call the app, at the pace of the field.

Edge, app, table and charge points share a loop whose clock jumps over waits (`bench.hurried`).
Sessions begin over ten minutes, so that their bundles of readings are spread as they are in the
field; then so many minutes are counted, calls of every kind.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
from pathlib import Path

from bench.fleet.device import Device
from bench.fleet.processes import IN_MEMORY
from bench.fleet.server import Stage, staged
from bench.fleet.town import raise_nofile
from bench.hurried import HurriedClock, HurriedLoop
from bench.journey import settings_for

READING_EVERY_S = 60
QUIET_S = 600
MINUTE_S = 60
POWER_WH = 183
"""A minute at 11 kW."""


def measure(sessions: int, minutes: int) -> dict[str, int]:
    """Per 1,000 sessions and minute."""
    raise_nofile()
    loop = HurriedLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        calls = runner.run(_calls(sessions, minutes))
    return {"app_calls_per_1000_charging_minutes": round(calls / minutes * 1000 / sessions)}


async def _calls(sessions: int, minutes: int) -> int:
    with tempfile.TemporaryDirectory(prefix="strom-bench-") as folder:
        settings = settings_for(Path(folder), IN_MEMORY)
        clock = HurriedClock()
        async with staged(settings, clock) as stage:
            made = await stage.build(sessions)
            devices = [
                Device(name, password, made["port"], clock.now)
                for name, password in made["devices"]
            ]
            charges = [
                asyncio.create_task(_charge(stage, device, number * QUIET_S / sessions))
                for number, device in enumerate(devices)
            ]
            gc.freeze()
            await asyncio.sleep(QUIET_S + 2 * MINUTE_S)
            assert all(device.transaction for device in devices), "not everyone charges"
            before = sum((await stage.calls()).values())
            await asyncio.sleep(minutes * MINUTE_S)
            after = sum((await stage.calls()).values())
            for charge in charges:
                charge.cancel()
            await asyncio.gather(*charges, return_exceptions=True)
            return after - before


async def _charge(stage: Stage, device: Device, begins_in_s: float) -> None:
    """Come, be paid for, and tell a reading a minute."""
    await asyncio.sleep(begins_in_s)
    await device.connect()
    await device.greet()
    await stage.pay([device.name])
    while True:
        await asyncio.sleep(READING_EVERY_S)
        if device.transaction:
            device.meter(POWER_WH)
