"""Real servers, each started once per run and shared by all xdist workers.

Whoever needs a server first starts it under a file lock and writes down where it is; the pytest
controller ends them all. Everything listens on 127.0.0.1 only, and nothing is ended that this run
did not start. A test that wants to kill or break a server takes one of its own: `start_lnbits`,
`start_ministack` and `start_dynamodb_local` are context managers too.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support import keeper

ROOT = Path(__file__).resolve().parent.parent.parent
STAMPS = ROOT / ".stamps"
RUN_FOLDER = "STROM_TESTS_RUN_FOLDER"
OWNER = "STROM_TESTS_OWNER"
HOST = "127.0.0.1"


class MissingPartError(Exception):
    """The machine has not what a server needs; the tests that want it are skipped."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


# --- one server ---------------------------------------------------------------


@dataclass
class Server:
    """A server that runs; `pid` is its keeper's, `started` tells a reused pid apart."""

    name: str
    url: str
    pid: int
    started: str
    log: str
    facts: dict[str, str] = field(default_factory=dict)

    def stop(self, patience: float = 8.0) -> None:
        if keeper.process_start(self.pid) != self.started:
            return
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + patience
        while keeper.process_start(self.pid) == self.started:
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)  # its child dies with it
                break
            time.sleep(0.02)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)


def launch(
    name: str,
    command: list[str],
    *,
    url: str,
    is_ready: Callable[[], bool],
    environment: dict[str, str],
    cwd: Path,
    log: Path,
    patience: float = 90.0,
) -> Server:
    owner, owner_start = os.environ.get(OWNER, "").split(":") if os.environ.get(OWNER) else ("", "")
    if not owner:
        owner, owner_start = str(os.getpid()), keeper.process_start(os.getpid()) or ""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, keeper.__file__, owner, owner_start, "--", *command],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(name, url, process.pid, keeper.process_start(process.pid) or "", str(log))
    deadline = time.monotonic() + patience
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            server.stop()
            tail = log.read_text(errors="replace")[-3000:]
            raise RuntimeError(f"{name} did not start:\n{tail}")
        time.sleep(0.1)
    return server


def bare_environment(**more: str) -> dict[str, str]:
    """Ours without what steers AWS clients, proxies or Strom itself."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.upper().startswith(("AWS_", "LNBITS_", "STROM_", "PYTEST_", "PYTHONPATH"))
        and not key.upper().endswith("_PROXY")
    }
    return {**kept, **more}


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


# --- LNbits -------------------------------------------------------------------

LNBITS_ADMIN = ("admin", "strom-tests-admin")


def launch_lnbits(folder: Path, **environment: str) -> Server:
    """A real LNbits with a FakeWallet behind it; its data in `folder` survives a restart there."""
    home = ROOT / ".lnbits"
    packages = sorted(home.glob("lib/python3.*/site-packages/lnbits"))
    if not packages:
        raise MissingPartError("LNbits is not set up: run `make setup-test`")
    data = folder / "data"
    for name in ("logs", "wasm_extensions", "extensions"):
        (data / name).mkdir(parents=True, exist_ok=True)
    link = folder / "lnbits"  # LNbits reads its own files relative to where it runs
    if not link.exists():
        link.symlink_to(packages[0])
    port = free_port()
    url = f"http://{HOST}:{port}"
    server = launch(
        "lnbits",
        [
            str(home / "bin" / "python"), "-m", "uvicorn", "lnbits.__main__:app",
            "--host", HOST, "--port", str(port), "--log-level", "warning",
        ],
        url=url,
        is_ready=lambda: _answers(f"{url}/api/v1/health"),
        environment=bare_environment(
            LNBITS_BACKEND_WALLET_CLASS="FakeWallet",
            LNBITS_DATA_FOLDER=str(data),
            LNBITS_EXTENSIONS_PATH=str(data),
            LNBITS_ADMIN_UI="true",
            AUTH_HTTPS_ONLY="false",
            AUTH_ALLOWED_METHODS="username-password,user-id-only",
            LNBITS_CALLBACK_URL_RULES=json.dumps(
                [r"https?://127\.0\.0\.1(:\d+)?", r"https?://localhost(:\d+)?"]
            ),
            LNBITS_CALLBACK_ALLOW_PRIVATE_IPS="true",
            LNBITS_LNURL_ALLOW_PRIVATE_IPS="true",
            LNBITS_PRICE_AGGREGATOR_ENABLED="false",
            LNBITS_EXCHANGE_RATE_PROVIDERS="[]",
            LNBITS_EXTENSIONS_MANIFESTS="[]",
            LNBITS_WASM_EXTENSIONS_MANIFESTS="[]",
            LNBITS_RATE_LIMIT_NO="100000",
            ENABLE_LOG_TO_FILE="false",
            **environment,
        ),
        cwd=folder,
        log=folder / "lnbits.log",
    )  # fmt: skip
    username, password = LNBITS_ADMIN
    if httpx.get(f"{url}/api/v1/health").status_code == 307:  # so it is until the first install
        httpx.put(
            f"{url}/api/v1/auth/first_install",
            json={"username": username, "password": password, "password_repeat": password},
        ).raise_for_status()
    return server


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code < 500
    except httpx.TransportError:
        return False


# --- AWS, on this machine -----------------------------------------------------


def launch_ministack(folder: Path, **environment: str) -> Server:
    """DynamoDB, SQS, KMS, STS, Scheduler and more; what it holds ends with it."""
    program = ROOT / ".ministack" / "bin" / "ministack"
    if not program.exists():
        raise MissingPartError("ministack is not set up: run `make setup-test`")
    port = free_port()
    return launch(
        "ministack",
        [str(program)],
        url=f"http://{HOST}:{port}",
        is_ready=lambda: listens(port),
        environment=bare_environment(
            BIND_HOST=HOST,
            GATEWAY_PORT=str(port),
            LOG_LEVEL="WARNING",
            TMPDIR=str(folder),
            **environment,
        ),
        cwd=folder,
        log=folder / "ministack.log",
    )


def launch_dynamodb_local(folder: Path, *, keep: bool = False) -> Server:
    """AWS's own DynamoDB Local, in memory, or in `folder` when what it holds is to be kept."""
    home = ROOT / ".dynamodb-local"
    reason = STAMPS / "dynamodb-local.skipped"
    if not (home / "LoopbackServer.class").exists():
        raise MissingPartError(
            reason.read_text()
            if reason.exists()
            else "DynamoDB Local is not set up: run `make setup-test`"
        )
    java = shutil.which("java")
    if java is None:
        raise MissingPartError("DynamoDB Local needs java, which this machine has not")
    port = free_port()
    return launch(
        "dynamodb-local",
        [
            java, "-Xmx256m", "-XX:TieredStopAtLevel=1", f"-Djava.library.path={home}",
            "-cp", f"{home}:{home}/*", "LoopbackServer",
            "-port", str(port), "-sharedDb", "-disableTelemetry",
            *(["-dbPath", str(folder)] if keep else ["-inMemory"]),
        ],
        url=f"http://{HOST}:{port}",
        is_ready=lambda: listens(port),
        environment=bare_environment(),
        cwd=folder,
        log=folder / "dynamodb-local.log",
    )  # fmt: skip


LAUNCHERS: dict[str, Callable[[Path], Server]] = {
    "lnbits": launch_lnbits,
    "ministack": launch_ministack,
    "dynamodb-local": launch_dynamodb_local,
}


# --- a server of a test's own -------------------------------------------------


@contextlib.contextmanager
def _own(server: Server) -> Iterator[Server]:
    try:
        yield server
    finally:
        server.stop()


def start_lnbits(folder: Path, **environment: str) -> contextlib.AbstractContextManager[Server]:
    folder.mkdir(parents=True, exist_ok=True)
    return _own(launch_lnbits(folder, **environment))


def start_ministack(folder: Path, **environment: str) -> contextlib.AbstractContextManager[Server]:
    folder.mkdir(parents=True, exist_ok=True)
    return _own(launch_ministack(folder, **environment))


def start_dynamodb_local(
    folder: Path, *, keep: bool = False
) -> contextlib.AbstractContextManager[Server]:
    folder.mkdir(parents=True, exist_ok=True)
    return _own(launch_dynamodb_local(folder, keep=keep))


# --- the servers of the run ---------------------------------------------------


def run_folder() -> Path:
    return Path(os.environ[RUN_FOLDER])


def open_run() -> None:
    """Called by the pytest controller before any worker exists; workers inherit the variables."""
    os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="strom-tests-")
    os.environ[OWNER] = f"{os.getpid()}:{keeper.process_start(os.getpid())}"


def close_run() -> None:
    """Called by the pytest controller when all workers are gone."""
    folder = run_folder()
    for note in folder.glob("*.json"):
        facts = json.loads(note.read_text())
        if "pid" in facts:
            Server(**facts).stop()
    shutil.rmtree(folder, ignore_errors=True)


def shared(name: str) -> Server:
    """The run's server of this name, started by whoever asks first."""
    folder = run_folder()
    note = folder / f"{name}.json"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if note.exists():
            facts = json.loads(note.read_text())
            if "missing" in facts:
                raise MissingPartError(facts["missing"])
            if "broken" in facts:
                raise RuntimeError(facts["broken"])
            return Server(**facts)
        home = folder / name
        home.mkdir()
        try:
            server = LAUNCHERS[name](home)
        except MissingPartError as reason:
            note.write_text(json.dumps({"missing": str(reason)}))
            raise
        except Exception as error:
            note.write_text(json.dumps({"broken": str(error)}))
            raise
        note.write_text(json.dumps(vars(server)))
        return server
