"""`ocppsim` (crates.io, MIT): a terminal program, so it is given a terminal and typed to.

Every call of ours is checked against the schemas it carries (``--strict``).
"""

from __future__ import annotations

import asyncio
import os
import pty
import secrets
from pathlib import Path
from typing import Literal, Self

from tests.interop.charge_points import Login, read, reap
from tests.support.servers import ROOT

PROGRAM = ROOT / ".ocppsim/bin/ocppsim"
STARTS_WITHIN_S = 20
Version = Literal["1.6", "2.0.1", "2.1"]


class Ocppsim:
    """One charge point with one plug."""

    def __init__(self, place: Login, folder: Path, version: Version = "1.6") -> None:
        self._place = place
        self._version = version
        self._log = folder / f"ocppsim-{secrets.token_hex(4)}.log"
        self._terminal = -1
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        place = self._place
        self._terminal, inner = pty.openpty()
        os.set_blocking(self._terminal, False)
        self._process = await asyncio.create_subprocess_exec(
            str(PROGRAM),
            *("--ws-url", place.base_url, "--cp-id", place.identity),
            *("--security-profile", "1", "--basic-auth-password", place.password),
            *("--protocol", self._version, "--connectors", "1"),
            *("--strict", "--trace-frames", "--log-path", str(self._log)),
            stdin=inner,
            stdout=inner,
            stderr=inner,
        )
        os.close(inner)
        asyncio.get_running_loop().add_reader(self._terminal, self._look_away)
        async with asyncio.timeout(STARTS_WITHIN_S):
            while "Connector 1 status" not in self.log:
                await asyncio.sleep(0.02)
        self.types("connect")
        return self

    async def __aexit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self._terminal)
        if self._process is not None:
            await reap(self._process)
        os.close(self._terminal)

    def types(self, line: str) -> None:
        """A command, and Enter."""
        os.write(self._terminal, line.encode() + b"\r")

    async def delivers(self, energy_wh: int) -> None:
        self.types(f"meter 1 {energy_wh}")
        await asyncio.sleep(0.2)
        self.types("send-meter 1")

    @property
    def log(self) -> str:
        return read(self._log)

    def _look_away(self) -> None:
        """What it paints on its screen; a full terminal would stop it."""
        try:
            os.read(self._terminal, 65536)
        except OSError:
            asyncio.get_running_loop().remove_reader(self._terminal)
