"""Strom as its owner runs it: `strom serve` in a process of its own, which can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support.servers import HOST, Server, bare_environment, free_port, launch, listens

DEFAULTS = {
    "FIXED_RATES": '{"EUR": 1000000}',
    "ALLOW_PRIVATE_HOSTS": "true",
    "SAMPLE_INTERVAL_S": "1",
    "QUIET_READINGS_S": "1",
    "WATCHED_READINGS_S": "1",
    "SWEEP_INTERVAL_S": "0.3",
    "EDGE_LEASE_S": "6",
    "CALL_TIMEOUT_S": "2",
    "REDELIVER_S": "3",
    "RETRY_OFFLINE_S": "0.5",
    "MESSAGE_RETRY_S": "1",
    "WITHDRAW_WAIT_S": "5",
    "FIRST_LOOK_S": "0.5",
}
"""One euro is 1000 sats, and nothing takes long."""
STROM = Path(sys.executable).with_name("strom")
PATIENCE_S = 60.0


@dataclass
class ServedStrom:
    """One Strom: its ports, keys and tables outlive its process."""

    folder: Path
    tables: str
    settings: dict[str, str]
    http_port: int = field(default_factory=free_port)
    edge_port: int = field(default_factory=free_port)
    secrets: set[str] = field(default_factory=set)
    """What must never show in its log; whoever learns one adds it."""
    server: Server | None = None
    command: tuple[str, ...] = (str(STROM), "serve")

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.http_port}"

    @property
    def log(self) -> str:
        """Everything its processes have written to standard output and standard error."""
        return (self.folder / "strom.log").read_text(errors="replace")

    async def killed(self) -> None:
        """SIGKILL: it has no time for a last word. Chargers and wallets live on."""
        await asyncio.to_thread(self.kill)

    async def started_again(self) -> None:
        await asyncio.to_thread(self.start)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of its process."""
        settings = {
            "HOST": HOST,
            "HTTP_PORT": str(self.http_port),
            "EDGE_PORT": str(self.edge_port),
            "DATA_DIR": str(self.folder / "data"),
            "DYNAMODB_ENDPOINT": self.tables,
            "TABLE": self.folder.name,
            **DEFAULTS,
            **self.settings,
        }
        return {f"STROM_{name}": value for name, value in settings.items()}

    def start(self) -> None:
        self.server = launch(
            "strom",
            [*self.command],
            url=self.url,
            is_ready=self._answers,
            environment=bare_environment(**self.environment),
            cwd=self.folder,
            log=self.folder / "strom.log",
            patience=PATIENCE_S,
        )

    def kill(self) -> None:
        assert self.server is not None  # its keeper, with which it dies the same death
        os.kill(self.server.pid, signal.SIGKILL)
        os.waitpid(self.server.pid, 0)
        self.server = None
        give_up_at = time.monotonic() + PATIENCE_S
        while listens(self.http_port) or listens(self.edge_port):
            assert time.monotonic() < give_up_at, "it does not die"
            time.sleep(0.02)

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()
            self.server = None

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/sign-in", timeout=2).status_code == 200
        except httpx.TransportError:
            return False


@contextlib.contextmanager
def running(strom: ServedStrom) -> Iterator[ServedStrom]:
    """Starts it, stops it, and looks at what it has written."""
    try:
        strom.start()
        yield strom
    finally:
        strom.stop()
    assert_log_is_clean(strom)


def assert_log_is_clean(strom: ServedStrom) -> None:
    """No stack trace and no secret in what Strom has written."""
    log = strom.log
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:4000]
    for secret in strom.secrets:
        if secret in log:
            line = next(line for line in log.splitlines() if secret in line)
            raise AssertionError(f"a secret stands in the log: {line[:400]}")
