"""`em-ocpp-chargepoint-simulator` (npm, Apache-2.0), run in its batch mode with our scripts."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from tests.interop.charge_points import Login, read, reap
from tests.support.servers import ROOT

PROGRAM = ROOT / ".em-simulator/node_modules/em-ocpp-chargepoint-simulator/build/src/main.js"
CHARGES = Path(__file__).with_suffix(".js")
OBEYS = CHARGES.with_stem("em_simulator_operations")


def find_node() -> str | None:
    """Node, if it and the simulator are there."""
    return shutil.which("node") if PROGRAM.exists() else None


class EmSimulator:
    """One charge point with one plug."""

    def __init__(self, node: str, place: Login, folder: Path, script: Path = CHARGES) -> None:
        self._node = node
        self._place = place
        self._script = script
        self._log = folder / f"em-simulator-{place.identity}.log"
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        place, where = self._place, urlsplit(self._place.base_url)
        login = f"{place.identity}:{place.password}"
        url = f"{where.scheme}://{login}@{where.netloc}{where.path}/{place.identity}"
        with self._log.open("w") as log:
            self._process = await asyncio.create_subprocess_exec(
                self._node,
                str(PROGRAM),
                self._script.name,
                env={"PATH": os.environ["PATH"], "CHARGER_URL": url},
                cwd=self._script.parent,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            await reap(self._process)

    async def delivers(self, energy_wh: int) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{energy_wh}\n".encode())

    @property
    def log(self) -> str:
        return read(self._log)
