"""See the package."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
from dataclasses import dataclass
from typing import Any

import bench.fleet
from app.entrypoints.demo import MINISTACK
from bench.fleet import crowd, minutes, readings
from bench.fleet.crowd import Crowd
from bench.fleet.readings import Busy

PARTS = ("fleet", "tls", "readings", "minutes")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    crowd: Crowd
    busy: Busy
    sessions: int = 1_000
    minutes: int = 2


SMALL = Size(Crowd(fleet=2_000, per_s=500, seconds=4, rounds=3), Busy(chargers=100, seconds=9))
FULL = Size(
    Crowd(fleet=10_000, per_s=1_000, seconds=8, rounds=5),
    Busy(chargers=500, seconds=20),
    minutes=10,
)


def main() -> None:
    arguments = argparse.ArgumentParser(
        prog="bench.fleet",
        description=bench.fleet.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments.add_argument("--full", action="store_true", help="10,000 charge points, 500 busy")
    arguments.add_argument("--endpoint", default="", help="of a DynamoDB that runs already")
    arguments.add_argument("--only", choices=PARTS, default="")
    asked = arguments.parse_args()
    size = FULL if asked.full else SMALL
    logging.basicConfig(level=logging.ERROR)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    parts = (asked.only,) if asked.only else PARTS
    found: dict[str, Any] = {}
    if "fleet" in parts:
        found |= asyncio.run(crowd.the_fleet(size.crowd))
    if "tls" in parts:
        found |= asyncio.run(crowd.over_tls(size.crowd))
    if "readings" in parts:
        table = asked.endpoint or str(MINISTACK)
        found |= asyncio.run(readings.the_readings(size.busy, table))
    if "minutes" in parts:
        found |= minutes.measure(size.sessions, size.minutes)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
