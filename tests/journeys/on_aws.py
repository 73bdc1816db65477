"""Strom with the parts it has on AWS, as the journeys see it: two edges, functions, a worker."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from botocore.credentials import Credentials

from app.aws import Surroundings
from app.aws.sts import Sts
from tests.journeys.serving import DEFAULTS, STROM, ServedStrom
from tests.support.aws import REGION
from tests.support.cloud import schedules
from tests.support.on_aws import FRONT_KEY, install, make_queue
from tests.support.servers import HOST, Server, bare_environment, free_port, launch, listens
from tests.support.stacks import MissingCdkError, stacks

ROOT = Path(__file__).resolve().parent.parent.parent
ACCESS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing-secret"}
EDGES = 2
TENANT_ROLE = "arn:aws:iam::000000000000:role/strom-tenant"
ASSUMING = ("lnurl", "portal")
"""Those that reach tenants' rows with keys of the tenant alone, as in the stacks."""
PATIENCE_S = 150.0  # a busy machine starts eleven processes slowly


@dataclass
class StromOnAws(ServedStrom):
    """``tables`` is ministack, and holds the queues and keys as well."""

    edges: list[Server] = field(default_factory=list)
    edge_ports: list[int] = field(default_factory=lambda: [free_port() for _ in range(EDGES)])
    worker: Server | None = None
    _for_worker: dict[str, str] = field(default_factory=dict)
    internal_url: str = ""
    aws_url: str = ""
    table: str = ""
    rows_ports: dict[str, int] = field(
        default_factory=lambda: {surface: free_port() for surface in ASSUMING}
    )

    def start(self) -> None:
        internal_port, aws_port = free_port(), free_port()
        self.internal_url = f"http://{HOST}:{internal_port}"
        self.aws_url = f"http://{HOST}:{aws_port}"
        common = self._common()
        environments = {
            surface: bare_environment(**ACCESS, **{**common, **self._of(surface)})
            for surface in ("lnurl", "portal", "internal", "perform", "sweep")
        }
        told = {
            "ministack": self.tables,
            "front_port": self.http_port,
            "internal_port": internal_port,
            "aws_port": aws_port,
            "chargers_port": self.edge_port,
            "edge_ports": self.edge_ports,
            "rows_ports": self.rows_ports,
            "tenant_role": TENANT_ROLE,
            "rows_asked": str(self.rows_asked),
            "front_key": FRONT_KEY,
            "secret_key": ACCESS["AWS_SECRET_ACCESS_KEY"],
            "region": REGION,
            "perform_queue": common["STROM_PERFORM_QUEUE_URL"],
            "sweep_queue": self._schedule_sweeps(),
            "environments": environments,
            "folder": str(self.folder),
        }
        self.rows_asked.touch()
        self.folder.joinpath("cloud.json").write_text(json.dumps(told))
        self.secrets |= {FRONT_KEY, ACCESS["AWS_SECRET_ACCESS_KEY"]}
        self.server = launch(
            "aws",
            [str(STROM.with_name("python")), "-m", "tests.support.cloud.host", str(self.folder)],
            url=self.url,
            is_ready=self._answers,
            environment=bare_environment(),
            cwd=ROOT,
            log=self.folder / "strom.log",
            patience=PATIENCE_S,
        )
        of_tasks = {"STROM_INTERNAL_URL": self.internal_url}
        for port in self.edge_ports:
            edge = {**common, **of_tasks, "STROM_EDGE_PORT": str(port)}
            self.edges.append(self._task("edge", edge, port))
        self._for_worker = {**common, **self._of("worker")}
        self.start_worker()

    def start_worker(self) -> None:
        self.worker = self._task("worker", self._for_worker, None)

    def stop_worker(self) -> None:
        """From now on nothing sweeps but the function that Scheduler begins."""
        assert self.worker is not None
        self.worker.stop(patience=30)

    async def runs(self, *words: str) -> str:
        """`strom …` in an operator's shell, with the settings that the stack's output gives."""
        done = await asyncio.to_thread(
            subprocess.run,
            [str(STROM), *words],
            env=bare_environment(**ACCESS, **self._for_worker),
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return str(done.stdout)

    @contextlib.contextmanager
    def losing_hooks(self) -> Iterator[None]:
        """While this lasts, wallets ring in vain: what was paid is found by asking."""
        lost = self.folder / "hooks-lost"
        lost.touch()
        try:
            yield
        finally:
            lost.unlink()

    def kill_edge(self, at: int) -> None:
        """SIGKILL: it says no last word to charge points, app or load balancer."""
        edge = self.edges[at]
        os.kill(edge.pid, signal.SIGKILL)
        os.waitpid(edge.pid, 0)

    def edge_of(self, charge_point: str) -> int:
        """The edge that has let a charge point in last, by what edges log."""
        seen: list[tuple[str, int]] = []
        for at, port in enumerate(self.edge_ports):
            log = (self.folder / f"edge-{port}.log").read_text(errors="replace")
            for line in log.splitlines():
                if charge_point in line and "a charge point has connected" in line:
                    seen.append((json.loads(line)["at"], at))
        return max(seen)[1]

    @property
    def rows_asked(self) -> Path:
        """Where is written who has asked for whose rows (`tests.support.cloud.tenant_keys`)."""
        return self.folder / "rows-asked.jsonl"

    def sts(self) -> Sts:
        """STS, as a function's role asks it."""
        keys = Credentials(ACCESS["AWS_ACCESS_KEY_ID"], ACCESS["AWS_SECRET_ACCESS_KEY"])
        return Sts(REGION, Surroundings(lambda: keys), self.aws_url)

    def rows_url(self, surface: str) -> str:
        """DynamoDB as a surface reaches it that assumes the tenants' role."""
        return f"http://{HOST}:{self.rows_ports[surface]}"

    @property
    def log(self) -> str:
        return "".join(each.read_text(errors="replace") for each in self.folder.glob("*.log"))

    def stop(self) -> None:
        for server in (*self.edges, self.worker, self.server):
            if server is not None:
                server.stop(patience=30)

    def _schedule_sweeps(self) -> str:
        """The stacks' schedule, fired by ministack; returns the queue that it is bridged by."""
        schedule = schedules.of_stacks(stacks("prod") / "strom-prod.template.json")
        name = f"{self.folder.name}-sweep"
        url = asyncio.run(make_queue(self.tables, name))
        arn = f"arn:aws:sqs:{REGION}:{url.split('/')[-2]}:{name}"
        schedules.begin(self.tables, name, schedule, arn)
        return url

    def _common(self) -> dict[str, str]:
        made = asyncio.run(install(self.tables, self.folder)).settings
        named = {
            "TABLE": made.table,
            "DYNAMODB_REGION": REGION,
            "DYNAMODB_ENDPOINT": self.tables,
            "AWS_ENDPOINT": self.aws_url,
            "KMS_KEY": made.kms_key,
            "SERVER_KEY_SECRET": made.server_key_secret,
            "PERFORM_QUEUE_URL": made.perform_queue_url,
            "EDGE_QUEUE_PREFIX": made.edge_queue_prefix,
            "HOST": HOST,
            "PUBLIC_BASE_URL": self.url,
            "CHARGER_BASE_URL": f"ws://{HOST}:{self.edge_port}",
            "WATCHED_PAYMENTS": "0",
            "DRAIN_S": "2",
        }
        self._front_secret = made.front_secret
        self.table = made.table
        return {
            f"STROM_{name}": value for name, value in {**DEFAULTS, **named, **self.settings}.items()
        }

    def _of(self, part: str) -> dict[str, str]:
        found: dict[str, str] = {}
        if part in ("lnurl", "portal", "worker"):
            found["STROM_PERFORM_FUNCTION"] = "perform:live"
        if part in ASSUMING:
            found["STROM_FRONT_SECRET"] = self._front_secret
            found["STROM_TENANT_ROLE"] = TENANT_ROLE
            found["STROM_DYNAMODB_ENDPOINT"] = self.rows_url(part)
        return found

    def _task(self, role: str, environment: dict[str, str], port: int | None) -> Server:
        log = self.folder / f"{role}-{port or 0}.log"
        return launch(
            role,
            [str(STROM), role],
            url="",
            is_ready=lambda: listens(port) if port else _says(log, "the worker sweeps"),
            environment=bare_environment(**ACCESS, **environment),
            cwd=self.folder,
            log=log,
            patience=PATIENCE_S,
        )

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/sign-in", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


def strom_on_aws(
    ministack: str, tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]
) -> StromOnAws:
    """Not started yet; skips where there are no stacks to take the schedule from."""
    try:
        stacks("prod")
    except MissingCdkError as reason:
        pytest.skip(str(reason))
    folder = tmp_path_factory.mktemp(f"on-aws-{secrets.token_hex(4)}-")
    return StromOnAws(folder, ministack, settings)


def _says(log: Path, words: str) -> bool:
    return log.exists() and words in log.read_text(errors="replace")
